module my-plugin

go 1.21

require github.com/Kong/go-pdk v0.11.2

// the SDK has the API of Kong's go-pdk; without this line the plugin is built with Kong's
replace github.com/Kong/go-pdk => ../../plugin-sdk/go
