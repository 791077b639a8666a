module go-greeter

go 1.21

require github.com/Kong/go-pdk v0.11.2

// the SDK of this repository has go-pdk's API: without this line the same plugin is built with Kong's
replace github.com/Kong/go-pdk => ../../../plugin-sdk/go
