package turn

// kong.ctx.shared and kong.ctx.plugin.

import (
	"encoding/json"

	"github.com/Kong/go-pdk/internal/wire"
)

// Shared gives a value of kong.ctx.shared, nil where there is none.
func (h *Handle) Shared(key string) (any, error) {
	t, err := h.use()
	if err != nil {
		return nil, err
	}
	defer h.mu.Unlock()
	t.readShared()
	if value, ok := t.shared[key]; ok && !t.asksAll {
		t.read("kong.ctx.shared.get", key)
		return value, nil
	}
	if t.hasRequest() && !t.Event.SharedIsPartial {
		t.read("kong.ctx.shared.get", key)
		return nil, nil
	}
	value, _, err := t.call("kong.ctx.shared.get", []any{key})
	return value, err
}

func (t *Turn) readShared() {
	if t.sharedRead {
		return
	}
	t.sharedRead = true
	t.shared = map[string]any{}
	if t.Event.Shared != "" {
		_ = json.Unmarshal([]byte(t.Event.Shared), &t.shared)
	}
}

// SetShared sets a value of kong.ctx.shared; nil takes it away.
func (h *Handle) SetShared(key string, value any) error {
	t, err := h.use()
	if err != nil {
		return err
	}
	defer h.mu.Unlock()
	normal, err := wire.Normalize(value)
	if err != nil {
		return err
	}
	t.readShared()
	t.shared[key] = wire.Plain(normal)
	return t.write("kong.ctx.shared.set", []any{key, normal})
}

// Plugin gives the table of kong.ctx.plugin: what the plugin keeps for this request, in this process. Nil where there is no
// request.
func (h *Handle) Plugin() (map[string]any, error) {
	t, err := h.use()
	if err != nil {
		return nil, err
	}
	defer h.mu.Unlock()
	if t.asksAll {
		if err := t.findRequest(); err != nil {
			return nil, err
		}
	}
	if t.Event.Request == 0 {
		return nil, nil
	}
	return t.Link.Context(t.Event.Request, h.plugin, true), nil
}
