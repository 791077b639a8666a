// Package request reads the request as the client sent it, and as earlier plugins have changed it.
package request

import (
	"github.com/Kong/go-pdk/bridge"
	"github.com/Kong/go-pdk/internal/turn"
)

// Request holds this module's functions, as kong.Request. Their phases, where nothing else is said: rewrite, access,
// response, header_filter, body_filter, log.
type Request struct {
	bridge.PdkBridge
}

// GetScheme gives "http" or "https". From the snapshot.
func (r Request) GetScheme() (s string, err error) {
	return bridge.Of(r.PdkBridge).Text(turn.Scheme)
}

// GetHost gives the host of the URL or of the Host header, in lower case, without a port. From the snapshot.
func (r Request) GetHost() (host string, err error) {
	return bridge.Of(r.PdkBridge).Text(turn.Host)
}

// GetPort gives the port that the client connected to. From the snapshot.
func (r Request) GetPort() (int, error) {
	return bridge.Of(r.PdkBridge).Number(turn.Port)
}

// GetForwardedScheme is GetScheme that heeds X-Forwarded-Proto of a trusted proxy. From the snapshot.
func (r Request) GetForwardedScheme() (s string, err error) {
	return bridge.Of(r.PdkBridge).Text(turn.ForwardedScheme)
}

// GetForwardedHost is GetHost that heeds X-Forwarded-Host of a trusted proxy. From the snapshot.
func (r Request) GetForwardedHost() (host string, err error) {
	return bridge.Of(r.PdkBridge).Text(turn.ForwardedHost)
}

// GetForwardedPort is GetPort that heeds X-Forwarded-Port of a trusted proxy. From the snapshot.
func (r Request) GetForwardedPort() (int, error) {
	return bridge.Of(r.PdkBridge).Number(turn.ForwardedPort)
}

// GetForwardedPath is the path that a trusted proxy reports in X-Forwarded-Path, or the request's. Asks the gateway.
// Beyond go-pdk.
func (r Request) GetForwardedPath() (string, error) {
	return bridge.Of(r.PdkBridge).AskText("kong.request.get_forwarded_path")
}

// GetForwardedPrefix is the prefix that a trusted proxy reports in X-Forwarded-Prefix, or the one that the route strips; ""
// where there is none. Asks the gateway. Beyond go-pdk.
func (r Request) GetForwardedPrefix() (string, error) {
	return bridge.Of(r.PdkBridge).AskText("kong.request.get_forwarded_prefix")
}

// GetHttpVersion gives 1, 1.1 or 2; 0 where it is not known. From the snapshot.
func (r Request) GetHttpVersion() (version float64, err error) {
	return bridge.Of(r.PdkBridge).HTTPVersion()
}

// GetMethod gives the method in upper case. From the snapshot.
func (r Request) GetMethod() (m string, err error) {
	return bridge.Of(r.PdkBridge).Text(turn.Method)
}

// GetPath gives the path, normalised, without the query. From the snapshot where it has nothing to normalise.
func (r Request) GetPath() (string, error) {
	return bridge.Of(r.PdkBridge).Text(turn.Path)
}

// GetRawPath gives the path as it was sent, without the query. From the snapshot. Beyond go-pdk.
func (r Request) GetRawPath() (string, error) {
	return bridge.Of(r.PdkBridge).Text(turn.RawPath)
}

// GetPathWithQuery gives path and query as they were sent. From the snapshot.
func (r Request) GetPathWithQuery() (string, error) {
	return bridge.Of(r.PdkBridge).Text(turn.PathWithQuery)
}

// GetRawQuery gives the query as it was sent, without the "?". From the snapshot.
func (r Request) GetRawQuery() (string, error) {
	return bridge.Of(r.PdkBridge).Text(turn.RawQuery)
}

// GetQueryArg gives the first value of an argument, decoded; "" where it is not there, and where it has no value. From the
// snapshot where the query needs no decoding.
func (r Request) GetQueryArg(k string) (string, error) {
	return bridge.Of(r.PdkBridge).QueryArg(k)
}

// GetQuery gives the arguments, decoded, without those that have no value. max_args: 1 to 1000 arguments, -1 for Kong's
// default of 100. From the snapshot with -1 where the query needs no decoding.
func (r Request) GetQuery(max_args int) (map[string][]string, error) {
	return bridge.Of(r.PdkBridge).Query(max_args)
}

// GetHeader gives the first value of a header, "" where there is none. The name's case does not matter, and "_" is "-".
// From the snapshot.
func (r Request) GetHeader(k string) (string, error) {
	return bridge.Of(r.PdkBridge).Header(k)
}

// GetHeaders gives all headers, names in lower case. max_headers: 1 to 1000, -1 for Kong's default of 100. From the snapshot
// with -1.
func (r Request) GetHeaders(max_headers int) (map[string][]string, error) {
	return bridge.Of(r.PdkBridge).Headers(max_headers)
}
