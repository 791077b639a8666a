package turn

// Fields of the snapshot that are one text or one number, each with the function that answers where the snapshot cannot.

import (
	"strings"

	"github.com/Kong/go-pdk/internal/wire"
)

// Field names a text or a number of the snapshot.
type Field uint8

// Texts of the snapshot.
const (
	Scheme Field = iota
	Host
	ForwardedScheme
	ForwardedHost
	Method
	RawPath
	Path
	PathWithQuery
	RawQuery
	ClientIP
	ClientForwardedIP
	ResponseSource
)

// Numbers of the snapshot.
const (
	Port Field = iota
	ForwardedPort
	ClientPort
	ClientForwardedPort
	Status
	ServiceStatus
)

var textMethods = [...]string{
	Scheme:            "kong.request.get_scheme",
	Host:              "kong.request.get_host",
	ForwardedScheme:   "kong.request.get_forwarded_scheme",
	ForwardedHost:     "kong.request.get_forwarded_host",
	Method:            "kong.request.get_method",
	RawPath:           "kong.request.get_raw_path",
	Path:              "kong.request.get_path",
	PathWithQuery:     "kong.request.get_path_with_query",
	RawQuery:          "kong.request.get_raw_query",
	ClientIP:          "kong.client.get_ip",
	ClientForwardedIP: "kong.client.get_forwarded_ip",
	ResponseSource:    "kong.response.get_source",
}

var numberMethods = [...]string{
	Port:                "kong.request.get_port",
	ForwardedPort:       "kong.request.get_forwarded_port",
	ClientPort:          "kong.client.get_port",
	ClientForwardedPort: "kong.client.get_forwarded_port",
	Status:              "kong.response.get_status",
	ServiceStatus:       "kong.service.response.get_status",
}

// Text gives a text, "" for nil.
func (h *Handle) Text(field Field) (string, error) {
	t, err := h.use()
	if err != nil {
		return "", err
	}
	defer h.mu.Unlock()
	if text, ok := t.text(field); ok {
		t.read(textMethods[field], "")
		return text, nil
	}
	if field == RawPath && t.asksAll {
		return t.rawPath()
	}
	return t.askText(textMethods[field])
}

// Number gives a whole number, 0 for nil.
func (h *Handle) Number(field Field) (int, error) {
	t, err := h.use()
	if err != nil {
		return 0, err
	}
	defer h.mu.Unlock()
	if number, ok := t.number(field); ok {
		t.read(numberMethods[field], "")
		return int(number), nil
	}
	value, _, err := t.call(numberMethods[field], nil)
	number, _ := value.(float64)
	return int(number), err
}

func (t *Turn) askText(method string, args ...any) (string, error) {
	value, _, err := t.call(method, args)
	return textOf(value), err
}

// hasRequest says whether the snapshot has a request: in certificate, init_worker and configure there is none.
func (t *Turn) hasRequest() bool {
	switch t.Event.Phase {
	case wire.Certificate, wire.InitWorker, wire.Configure:
		return false
	}
	return !t.asksAll
}

func (t *Turn) text(field Field) (string, bool) {
	e := &t.Event
	if !t.hasRequest() {
		return "", false
	}
	switch field {
	case Scheme:
		return e.Scheme, true
	case Host:
		return e.Host, t.stale&staleHost == 0
	case ForwardedScheme:
		return or(e.ForwardedScheme, e.Scheme), true
	case ForwardedHost:
		return or(e.ForwardedHost, e.Host), e.ForwardedHost != "" || t.stale&staleHost == 0
	case Method:
		return e.Method, t.stale&staleMethod == 0
	case RawPath:
		path, _, _ := strings.Cut(e.Target, "?")
		return path, true
	case Path:
		path, _, _ := strings.Cut(e.Target, "?")
		return path, isNormal(path)
	case PathWithQuery:
		return e.Target, t.stale&staleQuery == 0
	case RawQuery:
		_, query, _ := strings.Cut(e.Target, "?")
		return query, t.stale&staleQuery == 0
	case ClientIP:
		return e.ClientIP, e.ClientIP != ""
	case ClientForwardedIP:
		return e.ForwardedIP, e.ForwardedIP != ""
	case ResponseSource:
		return sourceName(e.Source), e.Status != 0 && e.Source != wire.SourceNone
	}
	return "", false
}

func (t *Turn) number(field Field) (uint32, bool) {
	e := &t.Event
	if !t.hasRequest() {
		return 0, false
	}
	switch field {
	case Port:
		return e.Port, true
	case ForwardedPort:
		if e.ForwardedRequestPort != 0 {
			return e.ForwardedRequestPort, true
		}
		return e.Port, true
	case ClientPort:
		return e.ClientPort, e.ClientPort != 0
	case ClientForwardedPort:
		return e.ForwardedPort, e.ForwardedPort != 0
	case Status:
		return t.status, t.status != 0 && t.stale&staleStatus == 0
	case ServiceStatus:
		return e.ServiceStatus, e.ServiceStatus != 0
	}
	return 0, false
}

func or(text, otherwise string) string {
	if text != "" {
		return text
	}
	return otherwise
}

func sourceName(source wire.Source) string {
	switch source {
	case wire.SourceService:
		return "service"
	case wire.SourceExit:
		return "exit"
	}
	return "error"
}

// isNormal says whether normalising a path would change nothing: only letters, digits, "/-_~", and single dots inside a
// segment; no empty segment.
func isNormal(path string) bool {
	if path == "" || path[0] != '/' {
		return false
	}
	for i := 1; i < len(path); i++ {
		switch c := path[i]; {
		case c == '/' || c == '.':
			before := path[i-1]
			if before == '/' || before == '.' || (c == '/' && before == '.') {
				return false
			}
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '~':
		default:
			return false
		}
	}
	return path[len(path)-1] != '.'
}
