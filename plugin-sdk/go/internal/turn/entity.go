package turn

// Entities that events refer to by number: route, service, consumer, credential. Read once, when first asked for.

import (
	"encoding/json"
	"sync"

	"github.com/Kong/go-pdk/internal/wire"
)

// Entity is what was sent under a number. It never changes; a number that is given again is another Entity.
type Entity struct {
	JSON  []byte
	once  sync.Once
	table map[string]any
}

// Table gives the entity's fields as encoding/json reads them; do not write to it.
func (e *Entity) Table() map[string]any {
	e.once.Do(func() { _ = json.Unmarshal(e.JSON, &e.table) })
	return e.table
}

var entityMethods = [...]string{
	wire.KindRoute:      "kong.router.get_route",
	wire.KindService:    "kong.router.get_service",
	wire.KindConsumer:   "kong.client.get_consumer",
	wire.KindCredential: "kong.client.get_credential",
}

// Entity gives the fields of an entity of the event; nil where there is none. Do not write to it.
//
// In rewrite there is no route yet: the gateway is asked, which refuses.
func (h *Handle) Entity(kind wire.EntityKind) (map[string]any, error) {
	t, err := h.use()
	if err != nil {
		return nil, err
	}
	defer h.mu.Unlock()
	if t.hasRequest() && t.Event.Phase != wire.Rewrite && (kind < wire.KindConsumer || t.stale&staleAuth == 0) {
		number := t.entityNumber(kind)
		if number == 0 {
			t.read(entityMethods[kind], "")
			return nil, nil
		}
		if entity := t.Link.Entity(number); entity != nil {
			t.read(entityMethods[kind], "")
			return entity.Table(), nil
		}
	}
	value, _, err := t.call(entityMethods[kind], nil)
	table, _ := value.(map[string]any)
	return table, err
}

func (t *Turn) entityNumber(kind wire.EntityKind) uint32 {
	switch kind {
	case wire.KindRoute:
		return t.Event.Route
	case wire.KindService:
		return t.Event.Service
	case wire.KindConsumer:
		return t.Event.Consumer
	}
	return t.Event.Credential
}
