package serve

import "sync"

// contexts are the tables of kong.Ctx.Plugin of one connection: for each request one for each plugin.
type contexts struct {
	mu     sync.Mutex
	tables map[uint32]map[string]map[string]any
	// order has the requests as they came; some of them may be forgotten already.
	order []uint32
}

func (c *contexts) get(request uint32, plugin string, create bool) map[string]any {
	c.mu.Lock()
	defer c.mu.Unlock()
	byPlugin := c.tables[request]
	if table := byPlugin[plugin]; table != nil || !create {
		return table
	}
	if byPlugin == nil {
		byPlugin = map[string]map[string]any{}
		c.add(request, byPlugin)
	}
	table := map[string]any{}
	byPlugin[plugin] = table
	return table
}

func (c *contexts) add(request uint32, byPlugin map[string]map[string]any) {
	if c.tables == nil {
		c.tables = map[uint32]map[string]map[string]any{}
	}
	for len(c.tables) >= contextsMax {
		delete(c.tables, c.order[0])
		c.order = c.order[1:]
	}
	if len(c.order) >= 2*contextsMax {
		c.compact()
	}
	c.tables[request] = byPlugin
	c.order = append(c.order, request)
}

// compact drops requests from the order that are forgotten already.
func (c *contexts) compact() {
	kept := make([]uint32, 0, contextsMax)
	for _, request := range c.order {
		if c.tables[request] != nil {
			kept = append(kept, request)
		}
	}
	c.order = kept
}

// keeps says whether anything is kept for a request.
func (c *contexts) keeps(request uint32) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, table := range c.tables[request] {
		if len(table) > 0 {
			return true
		}
	}
	return false
}

func (c *contexts) forget(requests []uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, request := range requests {
		delete(c.tables, request)
	}
}
