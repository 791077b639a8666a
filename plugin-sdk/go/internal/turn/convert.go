package turn

// What the gateway answers to a call, in the types that go-pdk gives.

import (
	"encoding/base64"
	"errors"
	"strconv"
)

// textOf gives the text of a value: "" for nil and for what has no plain text.
func textOf(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

// askMultimap asks for headers or arguments; maximum -1 is Kong's default.
func (t *Turn) askMultimap(method string, maximum int) (map[string][]string, error) {
	args := []any{int64(maximum)}
	if maximum == -1 {
		args = nil
	}
	value, _, err := t.call(method, args)
	if err != nil {
		return nil, err
	}
	return MultimapOf(value), nil
}

// MultimapOf gives a table of texts and lists; an item of a list that is no text is "", anything else is left out.
func MultimapOf(value any) map[string][]string {
	table, _ := value.(map[string]any)
	out := make(map[string][]string, len(table))
	for key, item := range table {
		switch v := item.(type) {
		case string:
			out[key] = []string{v}
		case []any:
			list := make([]string, len(v))
			for i := range v {
				list[i], _ = v[i].(string)
			}
			out[key] = list
		}
	}
	return out
}

// AskText asks for a text, "" for nil.
func (h *Handle) AskText(method string, args ...any) (string, error) {
	value, _, err := h.Call(method, args...)
	return textOf(value), err
}

// AskBytes asks for bytes. With none, the error is the gateway's reason.
func (h *Handle) AskBytes(method string, args ...any) ([]byte, error) {
	value, problem, err := h.Call(method, args...)
	if err == nil && value == nil && problem != "" {
		err = errors.New(problem)
	}
	return []byte(textOf(value)), err
}

// AskNumber asks for a number, 0 for nil.
func (h *Handle) AskNumber(method string, args ...any) (float64, error) {
	value, _, err := h.Call(method, args...)
	number, _ := value.(float64)
	return number, err
}

// AskBool asks for a truth, false for nil.
func (h *Handle) AskBool(method string, args ...any) (bool, error) {
	value, _, err := h.Call(method, args...)
	truth, _ := value.(bool)
	return truth, err
}

// BytesAsText gives a value for a table of the request with bytes in Base64, as go-pdk writes them there: plugins that read them,
// in whatever language, expect that. Lists and maps are gone into.
func BytesAsText(value any) any {
	switch v := value.(type) {
	case []byte:
		return base64.StdEncoding.EncodeToString(v)
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = BytesAsText(item)
		}
		return list
	case map[string]any:
		table := make(map[string]any, len(v))
		for key, item := range v {
			table[key] = BytesAsText(item)
		}
		return table
	}
	return value
}

// AskTable asks for a table, nil for nil.
func (h *Handle) AskTable(method string, args ...any) (map[string]any, error) {
	value, problem, err := h.Call(method, args...)
	if err == nil && value == nil && problem != "" {
		err = errors.New(problem)
	}
	table, _ := value.(map[string]any)
	return table, err
}

// AskMultimap asks for headers or arguments; maximum -1 is Kong's default of 100.
func (h *Handle) AskMultimap(method string, maximum int) (map[string][]string, error) {
	t, err := h.use()
	if err != nil {
		return nil, err
	}
	defer h.mu.Unlock()
	return t.askMultimap(method, maximum)
}

// AskDone asks for something to be done that can fail in a way the plugin should see: its problem is the error.
func (h *Handle) AskDone(method string, args ...any) error {
	value, problem, err := h.Call(method, args...)
	if err == nil && value == nil && problem != "" {
		err = errors.New(problem)
	}
	return err
}
