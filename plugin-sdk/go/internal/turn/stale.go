package turn

// Which parts of a snapshot a write may have changed. What is stale is asked of the gateway until the event ends.

type stale uint16

const (
	staleHost stale = 1 << iota
	staleMethod
	staleQuery
	staleBody
	staleAuth
	staleRequestHeaders
	staleResponseHeaders
	staleStatus
)

// madeStaleBy has the functions that change what getters show, other than headers in their short form.
var madeStaleBy = map[string]stale{
	"kong.service.request.set_headers":     staleRequestHeaders | staleHost,
	"kong.service.request.set_header":      staleRequestHeaders | staleHost,
	"kong.service.request.add_header":      staleRequestHeaders | staleHost,
	"kong.service.request.clear_header":    staleRequestHeaders | staleHost,
	"kong.service.request.set_method":      staleMethod,
	"kong.service.request.set_query":       staleQuery,
	"kong.service.request.set_raw_query":   staleQuery,
	"kong.service.request.clear_query_arg": staleQuery,
	"kong.service.request.set_raw_body":    staleBody | staleRequestHeaders,
	"kong.service.request.set_body":        staleBody | staleRequestHeaders,
	"kong.client.authenticate":             staleAuth | staleRequestHeaders,
	"kong.response.set_headers":            staleResponseHeaders,
	"kong.response.set_header":             staleResponseHeaders,
	"kong.response.add_header":             staleResponseHeaders,
	"kong.response.clear_header":           staleResponseHeaders,
	"kong.response.set_status":             staleStatus,
}
