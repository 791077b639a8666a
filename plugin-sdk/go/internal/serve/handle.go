package serve

import (
	"fmt"

	"github.com/Kong/go-pdk/internal/plugin"
	"github.com/Kong/go-pdk/internal/turn"
	"github.com/Kong/go-pdk/internal/wire"
)

// handle does what one frame says. An error closes the connection: what the peer sent is out of place.
func (c *conn) handle(frame wire.Frame) error {
	switch frame.Type {
	case wire.TypeEvent:
		s, err := c.takeEvent(frame)
		if err != nil {
			return err
		}
		c.writer.running.Add(1)
		start(s)
	case wire.TypeResult:
		return c.takeResult(frame)
	case wire.TypeChunk:
		return c.beginChunk(frame)
	case wire.TypeCancel:
		return c.cancel(frame)
	case wire.TypeStart:
		return c.startInstance(frame)
	case wire.TypeStop:
		return c.stopInstance(frame)
	case wire.TypeEntity:
		return c.addEntity(frame)
	case wire.TypeForgetEntities:
		c.mu.Lock()
		c.entities = map[uint32]*turn.Entity{}
		c.mu.Unlock()
	case wire.TypeForget:
		var forget wire.Forget
		if err := wire.Decode(string(frame.Message), &forget); err != nil {
			return err
		}
		c.contexts.forget(forget.Requests)
	case wire.TypePing:
		c.writer.send(0, wire.TypePong, frame.Message)
	case wire.TypeDraining:
		c.setDraining()
	case wire.TypeHello:
		return fmt.Errorf("a second Hello")
	}
	return nil // types that are not known are dropped
}

// takeEvent makes a stream of an event.
func (c *conn) takeEvent(frame wire.Frame) (*stream, error) {
	s := streams.Get().(*stream)
	s.conn, s.number = c, frame.Stream
	if err := s.turn.Event.Decode(string(frame.Message)); err != nil {
		return nil, fmt.Errorf("event: %w", err)
	}
	s.turn.Begin(c, frame.Stream)
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, isTaken := c.streams[frame.Stream]; isTaken || frame.Stream == 0 || len(c.streams) >= streamsMax {
		return nil, fmt.Errorf("event: stream %d is taken, or there are too many", frame.Stream)
	}
	c.streams[frame.Stream] = s
	return s, nil
}

// endHead takes a stream off the connection, or, for a body, leaves it for the chunks. False where nobody waits for the
// answer.
func (c *conn) endHead(s *stream) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	isWanted := s.turn.Canceled() == nil
	if isWanted && s.done.WantsBody {
		s.hasHead, s.isIdle = true, true
		return true
	}
	delete(c.streams, s.number)
	return isWanted
}

func (c *conn) beginChunk(frame wire.Frame) error {
	var chunk wire.Chunk
	if err := wire.Decode(string(frame.Message), &chunk); err != nil {
		return fmt.Errorf("chunk: %w", err)
	}
	c.mu.Lock()
	s := c.streams[frame.Stream]
	if s == nil {
		c.mu.Unlock()
		return nil // it may have crossed the end of the stream
	}
	if !s.isIdle {
		c.mu.Unlock()
		return fmt.Errorf("chunk: stream %d expects none", frame.Stream)
	}
	s.isIdle = false
	s.chunk, s.isLast = string(chunk.Data), chunk.IsLast
	c.mu.Unlock()
	c.writer.running.Add(1)
	start(s)
	return nil
}

// endChunk makes the stream ready for the next chunk, or takes it off. False where nobody waits for the answer.
func (c *conn) endChunk(s *stream, isOver bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	isWanted := s.turn.Canceled() == nil
	if isOver || !isWanted {
		delete(c.streams, s.number)
	} else {
		s.isIdle = true
	}
	return isWanted
}

func (c *conn) takeResult(frame wire.Frame) error {
	value, problem, err := wire.DecodeResult(string(frame.Message))
	if err != nil {
		return fmt.Errorf("result: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.streams[frame.Stream]; s != nil {
		select {
		case s.turn.Replies <- turn.Reply{Value: value, Problem: problem}:
		default:
			return fmt.Errorf("result: stream %d expects none", frame.Stream)
		}
	}
	return nil
}

func (c *conn) cancel(frame wire.Frame) error {
	var cancel wire.Cancel
	if err := wire.Decode(string(frame.Message), &cancel); err != nil {
		return fmt.Errorf("cancel: %w", err)
	}
	c.mu.Lock()
	s := c.streams[frame.Stream]
	if s != nil {
		s.turn.Cancel(reasonOf(&cancel))
		if s.isIdle {
			delete(c.streams, frame.Stream)
			s.turn.Finish() // not recycled: the answer to its last chunk may still be on its way into the buffer
		}
	}
	c.mu.Unlock()
	c.closeIfDrained()
	return nil
}

func reasonOf(cancel *wire.Cancel) error {
	switch cancel.Reason {
	case wire.CancelDeadline:
		return fmt.Errorf("%w: it took too long", turn.ErrOver)
	case wire.CancelClientGone:
		return fmt.Errorf("%w: the client is gone", turn.ErrOver)
	case wire.CancelExited:
		return turn.ErrExited
	case wire.CancelRefused:
		return &turn.Refused{Reason: cancel.Message}
	}
	return fmt.Errorf("%w: %s", turn.ErrOver, cancel.Message)
}

func (c *conn) startInstance(frame wire.Frame) error {
	var message wire.Start
	if err := wire.Decode(string(frame.Message), &message); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	place := &slot{}
	c.mu.Lock()
	_, isTaken := c.instances[message.Instance]
	if isTaken || len(c.instances) >= instancesMax {
		c.mu.Unlock()
		return fmt.Errorf("start: instance %d is taken, or there are too many", message.Instance)
	}
	c.instances[message.Instance] = place
	c.mu.Unlock()
	p := c.server.plugins[message.Plugin]
	if p == nil {
		c.refuse(message.Instance, fmt.Sprintf("no plugin %q", message.Plugin))
		return nil
	}
	go c.runStart(p, place, &message) // it may wait for something, as a key to be fetched
	return nil
}

func (c *conn) runStart(p *plugin.Plugin, place *slot, message *wire.Start) {
	instance, err := p.Start(message.Config)
	if err != nil {
		c.refuse(message.Instance, err.Error())
		return
	}
	instance.Started.Instance = message.Instance
	answer := wire.Append(nil, &instance.Started)
	c.mu.Lock()
	isStopped := place.stopped || c.closed
	place.instance = instance
	c.mu.Unlock()
	if isStopped {
		instance.Stop()
		return
	}
	c.writer.send(0, wire.TypeStarted, answer)
}

func (c *conn) refuse(instance uint32, reason string) {
	c.mu.Lock()
	delete(c.instances, instance)
	c.mu.Unlock()
	c.writer.send(0, wire.TypeStartFailed, wire.Append(nil, &wire.StartFailed{Instance: instance, Message: reason}))
}

func (c *conn) stopInstance(frame wire.Frame) error {
	var message wire.Stop
	if err := wire.Decode(string(frame.Message), &message); err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	c.mu.Lock()
	place := c.instances[message.Instance]
	delete(c.instances, message.Instance)
	var instance *plugin.Instance
	if place != nil {
		place.stopped = true
		instance = place.instance
	}
	c.mu.Unlock()
	if instance != nil {
		go instance.Stop()
	}
	return nil
}

func (c *conn) addEntity(frame wire.Frame) error {
	var entity wire.Entity
	if err := wire.Decode(string(frame.Message), &entity); err != nil {
		return fmt.Errorf("entity: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.entities) >= entitiesMax {
		return fmt.Errorf("entity: more than %d", entitiesMax)
	}
	c.entities[entity.Number] = &turn.Entity{JSON: entity.JSON}
	return nil
}
