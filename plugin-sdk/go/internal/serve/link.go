package serve

// What an event asks of its connection: turn.Link.

import (
	"fmt"

	"github.com/Kong/go-pdk/internal/plugin"
	"github.com/Kong/go-pdk/internal/turn"
	"github.com/Kong/go-pdk/internal/wire"
)

var _ turn.Link = (*conn)(nil)

// Call sends the writes so far and a question, and waits for its answer or the end of the event.
func (c *conn) Call(t *turn.Turn, writes []byte, method string, args []any) (any, string, error) {
	if err := t.Canceled(); err != nil {
		return nil, "", err
	}
	message := wire.AppendCall(writes, method, args)
	if !c.writer.fits(len(message)) {
		return nil, "", fmt.Errorf("%w: the call of %s is longer than the gateway takes", turn.ErrOver, method)
	}
	t.Writes = message[:0]
	c.writer.running.Add(-1)
	c.leaveReader(t)
	c.writer.send(t.Stream, wire.TypeCall, message)
	reply := <-t.Replies
	c.writer.running.Add(1)
	return reply.Value, reply.Problem, reply.Err
}

// Log sends a line. Its event's answer takes it along, or it goes by itself a moment later.
func (c *conn) Log(t *turn.Turn, level, message, plugin string) {
	c.logLine(t.Stream, level, message, plugin)
}

func (c *conn) logLine(stream uint32, level, message, plugin string) {
	line := wire.Append(nil, &wire.LogLine{Level: level, Message: message, Plugin: plugin})
	if c.writer.fits(len(line)) {
		c.writer.queue(stream, wire.TypeLog, line)
	}
}

// Entity gives what the gateway has sent under a number.
func (c *conn) Entity(number uint32) *turn.Entity {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.entities[number]
}

// Context gives the plugin's table for a request.
func (c *conn) Context(request uint32, plugin string, create bool) map[string]any {
	return c.contexts.get(request, plugin, create)
}

// Gateway gives the gateway's Hello; it never changes.
func (c *conn) Gateway() *wire.Hello {
	return &c.gateway
}

// instance gives a plugin config that is in force, nil for a number that is not known.
func (c *conn) instance(number uint32) *plugin.Instance {
	c.mu.Lock()
	defer c.mu.Unlock()
	if place := c.instances[number]; place != nil {
		return place.instance
	}
	return nil
}
