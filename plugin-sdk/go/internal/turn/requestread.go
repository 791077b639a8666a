package turn

// What of the request and the response is more than one text: headers, query, bodies, status.

import (
	"errors"
	"strings"

	"github.com/Kong/go-pdk/internal/wire"
)

// argumentsMax is how many query arguments Kong gives where no maximum is asked for.
const argumentsMax = 100

// Header gives the first value of a request's header, "" where there is none.
func (h *Handle) Header(name string) (string, error) {
	t, err := h.use()
	if err != nil {
		return "", err
	}
	defer h.mu.Unlock()
	if t.stale&staleRequestHeaders == 0 && t.hasRequest() {
		t.read("kong.request.get_header", name)
		if len(name) == len(cookie) && sameName(name, cookie) {
			return t.cookies(), nil
		}
		value, _ := headerIn(t.Event.Headers, t.requestOps, name)
		return value, nil
	}
	return t.askText("kong.request.get_header", name)
}

const cookie = "cookie"

// cookies gives all cookies: they may come in several lines and are one list all the same.
func (t *Turn) cookies() string {
	if len(t.requestOps) == 0 && strings.Count(t.Event.Headers, "ookie:") <= 1 {
		value, _ := headerIn(t.Event.Headers, nil, cookie)
		return value
	}
	headers, _ := headersIn(t.Event.Headers, t.requestOps)
	return strings.Join(headers[cookie], "; ")
}

// Headers gives a request's headers; maximum -1 is Kong's default of 100.
func (h *Handle) Headers(maximum int) (map[string][]string, error) {
	t, err := h.use()
	if err != nil {
		return nil, err
	}
	defer h.mu.Unlock()
	if maximum == -1 && t.stale&staleRequestHeaders == 0 && t.hasRequest() {
		if headers, ok := headersIn(t.Event.Headers, t.requestOps); ok {
			t.read("kong.request.get_headers", "")
			return headers, nil
		}
	}
	return t.askMultimap("kong.request.get_headers", maximum)
}

// ResponseHeader gives the first value of a response's header, "" where there is none.
func (h *Handle) ResponseHeader(name string) (string, error) {
	t, err := h.use()
	if err != nil {
		return "", err
	}
	defer h.mu.Unlock()
	if t.stale&staleResponseHeaders == 0 && t.Event.Status != 0 {
		t.read("kong.response.get_header", name)
		value, _ := headerIn(t.Event.ResponseHeaders, t.responseOps, name)
		return value, nil
	}
	return t.askText("kong.response.get_header", name)
}

// ResponseHeaders gives a response's headers; maximum -1 is Kong's default of 100.
func (h *Handle) ResponseHeaders(maximum int) (map[string][]string, error) {
	t, err := h.use()
	if err != nil {
		return nil, err
	}
	defer h.mu.Unlock()
	if maximum == -1 && t.stale&staleResponseHeaders == 0 && t.Event.Status != 0 {
		if headers, ok := headersIn(t.Event.ResponseHeaders, t.responseOps); ok {
			t.read("kong.response.get_headers", "")
			return headers, nil
		}
	}
	return t.askMultimap("kong.response.get_headers", maximum)
}

// SetStatus sets the status of the response.
func (h *Handle) SetStatus(status int) error {
	t, err := h.use()
	if err != nil {
		return err
	}
	defer h.mu.Unlock()
	if status < statusMin || status > statusMax || onResponse&t.Event.Phase == 0 || t.asksAll {
		return t.write("kong.response.set_status", []any{int64(status)})
	}
	write := wire.Write{Op: wire.OpResponseSetStatus, Number: uint32(status)}
	t.Writes = wire.AppendWrite(t.Writes, t.WritesField, &write)
	if t.status != 0 {
		t.status = uint32(status)
	}
	return nil
}

// QueryArg gives the first value of an argument: "" where there is none, and where it has none.
func (h *Handle) QueryArg(name string) (string, error) {
	t, err := h.use()
	if err != nil {
		return "", err
	}
	defer h.mu.Unlock()
	query, ok := t.plainQuery()
	if !ok {
		return t.askText("kong.request.get_query_arg", name)
	}
	t.read("kong.request.get_query_arg", name)
	for query != "" {
		var part string
		part, query, _ = strings.Cut(query, "&")
		if key, value, _ := strings.Cut(part, "="); key == name {
			return value, nil
		}
	}
	return "", nil
}

// Query gives the query's arguments; those without a value are left out, as go-pdk does. maximum -1 is 100.
func (h *Handle) Query(maximum int) (map[string][]string, error) {
	t, err := h.use()
	if err != nil {
		return nil, err
	}
	defer h.mu.Unlock()
	query, ok := t.plainQuery()
	if maximum != -1 || !ok {
		return t.askMultimap("kong.request.get_query", maximum)
	}
	t.read("kong.request.get_query", "")
	args := map[string][]string{}
	var seen map[string]int
	for query != "" {
		var part string
		part, query, _ = strings.Cut(query, "&")
		key, value, hasValue := strings.Cut(part, "=")
		if !hasValue {
			if seen == nil {
				seen = map[string]int{}
			}
			seen[key]++
		}
		args[key] = append(args[key], value)
	}
	for key, without := range seen {
		if len(args[key]) == without && without == 1 {
			delete(args, key)
		}
	}
	return args, nil
}

// plainQuery gives the query where it can be read without decoding: no "%" and no "+", no empty argument, 100 at most.
func (t *Turn) plainQuery() (string, bool) {
	_, query, found := strings.Cut(t.Event.Target, "?")
	if t.stale&staleQuery != 0 || !t.hasRequest() {
		return "", false
	}
	if !found || query == "" {
		return "", true
	}
	isOdd := strings.ContainsAny(query, "%+") || query[0] == '&' || query[0] == '=' ||
		strings.Contains(query, "&&") || strings.Contains(query, "&=") || query[len(query)-1] == '&'
	return query, !isOdd && strings.Count(query, "&") < argumentsMax
}

// Body gives the request's body. A body that the gateway has put into a file is read from there, as far as the file can be.
func (h *Handle) Body() ([]byte, error) {
	t, err := h.use()
	if err != nil {
		return nil, err
	}
	defer h.mu.Unlock()
	if t.stale&staleBody == 0 && t.hasRequest() {
		switch t.Event.BodyState {
		case wire.BodyNone:
			t.read("kong.request.get_raw_body", "")
			return []byte{}, nil
		case wire.BodyHere:
			t.read("kong.request.get_raw_body", "")
			return []byte(t.Event.Body), nil
		}
	}
	value, problem, err := t.call("kong.request.get_raw_body", nil)
	if err != nil {
		return nil, err
	}
	if value == nil && problem != "" {
		return nil, errors.New(problem)
	}
	return []byte(textOf(value)), nil
}

// ServiceBody gives the body of the Service's response.
func (h *Handle) ServiceBody() ([]byte, error) {
	t, err := h.use()
	if err != nil {
		return nil, err
	}
	defer h.mu.Unlock()
	if t.Event.Phase == wire.Response && !t.asksAll {
		switch t.Event.ResponseBodyState {
		case wire.BodyNone:
			t.read("kong.service.response.get_raw_body", "")
			return []byte{}, nil
		case wire.BodyHere:
			t.read("kong.service.response.get_raw_body", "")
			return []byte(t.Event.ResponseBody), nil
		}
	}
	value, _, err := t.call("kong.service.response.get_raw_body", nil)
	return []byte(textOf(value)), err
}

// HTTPVersion gives 1, 1.1 or 2; 0 where it is not known.
func (h *Handle) HTTPVersion() (float64, error) {
	t, err := h.use()
	if err != nil {
		return 0, err
	}
	defer h.mu.Unlock()
	if t.Event.HTTPVersion != 0 && t.hasRequest() {
		t.read("kong.request.get_http_version", "")
		return float64(t.Event.HTTPVersion) / 10, nil
	}
	value, _, err := t.call("kong.request.get_http_version", nil)
	number, _ := value.(float64)
	return number, err
}

// StartMs gives when the request began, in milliseconds of the epoch.
func (h *Handle) StartMs() (float64, error) {
	t, err := h.use()
	if err != nil {
		return 0, err
	}
	defer h.mu.Unlock()
	if t.Event.StartMs != 0 && t.hasRequest() {
		t.read("kong.request.get_start_time", "")
		return float64(t.Event.StartMs), nil
	}
	if t.asksAll {
		return t.startMs()
	}
	value, _, err := t.call("kong.request.get_start_time", nil)
	number, _ := value.(float64)
	return number, err
}
