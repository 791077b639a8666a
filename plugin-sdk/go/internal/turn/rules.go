package turn

// What is known here of the functions that write: the phases in which the gateway does them, the arguments that it takes for
// certain, and the getters that they change.
//
// A write is done with the answer of its event, so that it costs no round trip; what the gateway refuses then is refused too
// late for the line that wrote it. So a write that is not certain to be done is a call: the gateway refuses that with its own
// words, at that line, and the event is over. The rules may be narrower than the gateway's, never wider.

import (
	"strings"

	"github.com/Kong/go-pdk/internal/wire"
)

// stale is the parts of a snapshot that a write may have changed. They are asked of the gateway until the event ends.
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

// Sets of phases.
const (
	anyPhase        = wire.InitWorker | wire.Certificate | onRequest | wire.Response | inFilters | wire.Log | wire.Preread | wire.Configure
	onRequest       = wire.Rewrite | wire.Access
	onResponse      = onRequest | wire.Response | wire.HeaderFilter
	inFilters       = wire.HeaderFilter | wire.BodyFilter
	onLogEntry      = onRequest | wire.Response | inFilters | wire.Log
	onTarget        = wire.Access | wire.Preread
	onClientVerdict = onRequest | wire.Response
)

// rule is what is known of a function that writes.
type rule struct {
	// phases are those in which the gateway does it.
	phases wire.Phase
	// stale is what getters ask the gateway for afterwards.
	stale stale
	// takes says whether the gateway takes the arguments, as wire.Normalize makes them; nil where the types of Go say it all.
	takes func(args []any) bool
}

// rules has the functions that the SDK knows; of any other nothing is known, and it is written as it comes.
var rules = map[string]*rule{
	"kong.service.request.set_headers":      {onRequest, staleRequestHeaders | staleHost, areHeaders},
	"kong.service.request.set_header":       {onRequest, staleRequestHeaders | staleHost, isHeader},
	"kong.service.request.add_header":       {onRequest, staleRequestHeaders | staleHost, isHeader},
	"kong.service.request.clear_header":     {onRequest, staleRequestHeaders | staleHost, nil},
	"kong.service.request.set_scheme":       {onRequest, 0, isScheme},
	"kong.service.request.set_path":         {onRequest, 0, isPath},
	"kong.service.request.set_method":       {onRequest, staleMethod, isMethod},
	"kong.service.request.set_query":        {onRequest, staleQuery, nil},
	"kong.service.request.set_raw_query":    {onRequest, staleQuery, nil},
	"kong.service.request.clear_query_arg":  {onRequest, staleQuery, nil},
	"kong.service.request.set_raw_body":     {onRequest, staleBody | staleRequestHeaders, nil},
	"kong.service.request.set_body":         {onRequest, staleBody | staleRequestHeaders, nil},
	"kong.service.request.enable_buffering": {onRequest, 0, nil},
	"kong.service.set_upstream":             {wire.Access, 0, nil},
	"kong.service.set_target":               {onTarget, 0, isTarget},
	"kong.service.set_retries":              {wire.Access, 0, isRetries},
	"kong.service.set_timeouts":             {wire.Access, 0, areTimeouts},
	"kong.service.set_tls_verify":           {onTarget, 0, nil},
	"kong.service.set_tls_verify_depth":     {onTarget, 0, nil},
	"kong.client.authenticate":              {wire.Access, staleAuth | staleRequestHeaders, nil},
	"kong.client.tls.set_client_verify":     {onClientVerdict, 0, isVerdict},
	"kong.response.set_headers":             {onResponse, staleResponseHeaders, areHeaders},
	"kong.response.set_header":              {onResponse, staleResponseHeaders, isHeader},
	"kong.response.add_header":              {onResponse, staleResponseHeaders, isHeader},
	"kong.response.clear_header":            {onResponse, staleResponseHeaders, nil},
	"kong.response.set_status":              {onResponse, staleStatus, isStatus},
	"kong.response.set_raw_body":            {wire.BodyFilter, 0, nil},
	"kong.log.set_serialize_value":          {onLogEntry, 0, nil},
	"kong.nginx.set_ctx":                    {anyPhase, 0, nil},
	"kong.ctx.shared.set":                   {anyPhase, 0, nil},
}

// isCertain says whether the gateway does the write for certain.
func (t *Turn) isCertain(r *rule, args []any) bool {
	return r.phases&t.Event.Phase != 0 && (r.takes == nil || r.takes(args))
}

// IsRefusedIn says whether the gateway refuses a function that writes because of the phase, as far as that is known here.
func IsRefusedIn(phase wire.Phase, method string) bool {
	r := rules[method]
	return r != nil && r.phases&phase == 0
}

const (
	statusMin  = 100
	statusMax  = 599
	portMax    = 65_535
	retriesMax = 32_767
	timeoutMax = 1<<31 - 2
)

func inRange(arg any, least, most int64) bool {
	number, ok := arg.(int64)
	return ok && number >= least && number <= most
}

func isStatus(args []any) bool  { return inRange(args[0], statusMin, statusMax) }
func isRetries(args []any) bool { return inRange(args[0], 0, retriesMax) }
func isTarget(args []any) bool  { return inRange(args[1], 0, portMax) }

func areTimeouts(args []any) bool {
	for _, arg := range args {
		if !inRange(arg, 1, timeoutMax) {
			return false
		}
	}
	return true
}

func isScheme(args []any) bool { return args[0] == "http" || args[0] == "https" }

func isPath(args []any) bool {
	path, _ := args[0].(string)
	return strings.HasPrefix(path, "/")
}

// isMethod names those that plugins set; for others the gateway is asked.
func isMethod(args []any) bool {
	switch args[0] {
	case "GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH", "TRACE":
		return true
	}
	return false
}

func isVerdict(args []any) bool {
	verdict, _ := args[0].(string)
	return verdict == "SUCCESS" || verdict == "NONE" || strings.HasPrefix(verdict, "FAILED:")
}

// isHeader says whether name and value are plain. Host is not: it must be a host.
func isHeader(args []any) bool {
	name, _ := args[0].(string)
	value, ok := args[1].(string)
	return ok && isToken(name) && isPlain(value) && !sameName(name, "host")
}

func areHeaders(args []any) bool {
	table, ok := args[0].(map[string]any)
	for name := range table {
		ok = ok && isToken(name) && !sameName(name, "host")
	}
	return ok
}
