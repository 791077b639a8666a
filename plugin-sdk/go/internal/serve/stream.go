package serve

import (
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	pdk "github.com/Kong/go-pdk"
	"github.com/Kong/go-pdk/internal/plugin"
	"github.com/Kong/go-pdk/internal/turn"
	"github.com/Kong/go-pdk/internal/wire"
)

// stream is an event under way: the turn, its plugins, and, for a body, the chunk that they work on.
type stream struct {
	conn   *conn
	turn   *turn.Turn
	number uint32
	done   wire.Done
	// instances are the plugin configs of a body stream that want its body.
	instances []*plugin.Instance
	// hasHead says that the event has been answered: what comes are chunks. isIdle, that no chunk is being worked on.
	hasHead, isIdle bool
	chunk           string
	isLast          bool
	// message is where an answer is built.
	message []byte
}

var streams = sync.Pool{New: func() any { return &stream{turn: turn.New()} }}

// recycle gives the stream back for another event.
func (s *stream) recycle() {
	s.turn.Finish()
	if cap(s.turn.Writes) > turnBytesMax || cap(s.message) > turnBytesMax {
		return
	}
	pluginUs := s.done.PluginUs[:0]
	*s = stream{turn: s.turn, message: s.message[:0], instances: s.instances[:0]}
	s.done.PluginUs = pluginUs
	s.turn.Event.Decode("") // lets go of the message
	streams.Put(s)
}

// work runs the event, or the filters of a chunk, and answers. runtime.Goexit in a handler ends this goroutine, not the event.
func (s *stream) work() {
	isDone := false
	defer func() {
		if !isDone {
			s.answerGoexit()
		}
	}()
	var chunk wire.ChunkDone
	switch {
	case s.hasHead:
		chunk = s.runFilters()
	case len(s.turn.Event.Instances) == 0:
		s.done.Failure = s.runWithoutConfig()
	default:
		s.runInstances()
	}
	isDone = true
	if s.hasHead {
		s.finishChunk(&chunk)
	} else {
		s.finish()
	}
}

func (s *stream) answerGoexit() {
	if s.hasHead {
		s.finishChunk(&wire.ChunkDone{Failure: goexitFailure})
		return
	}
	s.done.Failure = goexitFailure
	s.finish()
}

// goexitFailure is the failure of a handler that called runtime.Goexit, or panic(nil) where that is no error of its own.
const goexitFailure = "the handler ended its goroutine"

// runInstances runs the event's plugins in their order, until one answers or fails.
func (s *stream) runInstances() {
	t := s.turn
	for i, number := range t.Event.Instances {
		if i > 0 {
			t.NextInstance()
		}
		s.done.Ran = uint32(i + 1)
		instance := s.conn.instance(number)
		if instance == nil {
			s.done.Failure = fmt.Sprintf("no plugin instance %d", number)
			return
		}
		began := time.Now()
		s.done.Failure = s.runInstance(instance)
		s.done.PluginUs = append(s.done.PluginUs, uint32(time.Since(began).Microseconds()))
		if s.done.Failure != "" || t.Exited() || t.Canceled() != nil {
			return
		}
	}
}

// runInstance runs the handler of one plugin config; the text is why it failed.
func (s *stream) runInstance(instance *plugin.Instance) string {
	phase := s.turn.Event.Phase
	hasHandler := true
	failure := guard(s.turn, instance.Plugin.Name, s, func(kong *pdk.PDK) {
		if phase != wire.BodyFilter {
			hasHandler = plugin.Handle(instance.Config, phase, kong)
			return
		}
		wanter, ok := instance.Config.(plugin.BodyWanter)
		if !ok || wanter.WantsBody(kong) {
			s.instances = append(s.instances, instance)
		}
	})
	if !hasHandler {
		failure = plugin.Misfit(instance.Config, phase)
	}
	return failure
}

// runWithoutConfig runs init_worker and configure, which are handlers of no config: of a new one, as it was constructed.
func (s *stream) runWithoutConfig() string {
	event := &s.turn.Event
	p := s.conn.server.plugins[event.Plugin]
	if p == nil {
		return fmt.Sprintf("no plugin %q", event.Plugin)
	}
	return guard(s.turn, p.Name, s, func(kong *pdk.PDK) {
		config := p.New()
		if event.Phase != wire.Configure {
			plugin.Handle(config, event.Phase, kong)
			return
		}
		configs := make([]any, 0, len(event.Configs))
		for _, number := range event.Configs {
			if instance := s.conn.instance(number); instance != nil {
				configs = append(configs, instance.Config)
			}
		}
		plugin.HandleConfigure(config, kong, configs)
	})
}

// panicLog takes the trace of a handler's panic; the handler's PDK is cut off by then.
type panicLog interface {
	logPanic(plugin, trace string)
}

// guard runs a handler with a PDK of its own. The text is why it failed: a panic.
func guard(t *turn.Turn, name string, to panicLog, handler func(kong *pdk.PDK)) (failure string) {
	handle := turn.NewHandle(t, name)
	failure = goexitFailure
	defer func() {
		cause := recover()
		handle.Close()
		if cause != nil {
			failure = fmt.Sprint(cause)
			to.logPanic(name, fmt.Sprintf("panic: %v\n%s", cause, debug.Stack()))
		}
	}()
	handler(pdk.New(handle))
	return ""
}

func (s *stream) logPanic(plugin, trace string) {
	s.conn.logLine(s.number, "err", trace, plugin)
}

// finish answers the event, unless nobody waits for it.
func (s *stream) finish() {
	c, t := s.conn, s.turn
	s.done.CacheMs = t.CacheMs
	s.done.KeepsContext = t.Event.Request != 0 && c.contexts.keeps(t.Event.Request)
	s.done.WantsBody = len(s.instances) > 0 && s.done.Failure == ""
	message := t.AppendReads(wire.AppendDone(t.Writes, &s.done), wire.ReadsOfDone)
	if !c.writer.fits(len(message)) {
		s.done.Failure, s.done.WantsBody = "the answer is longer than the gateway takes", false
		message = wire.AppendDone(message[:0], &s.done)
	}
	t.Writes = message
	number, wantsBody := s.number, s.done.WantsBody
	c.writer.running.Add(-1)
	isWanted := c.endHead(s)
	if isWanted {
		c.writer.send(number, wire.TypeDone, message)
	}
	if wantsBody && isWanted {
		return // the stream is the next chunk's now
	}
	s.recycle()
	c.closeIfDrained()
}
