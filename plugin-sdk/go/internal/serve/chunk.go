package serve

import (
	pdk "github.com/Kong/go-pdk"
	"github.com/Kong/go-pdk/internal/plugin"
	"github.com/Kong/go-pdk/internal/wire"
)

// runFilters runs the filters of a chunk, each on what the one before gave.
func (s *stream) runFilters() wire.ChunkDone {
	t := s.turn
	t.Writes, t.WritesField = t.Writes[:0], wire.WritesOfChunkDone
	data := []byte(s.chunk)
	last := s.isLast
	var failure string
	for _, instance := range s.instances {
		data, last, failure = s.filter(instance, data, last)
		if failure != "" || t.Canceled() != nil {
			break
		}
	}
	answer := wire.ChunkDone{IsLast: last, Failure: failure}
	if string(data) == s.chunk {
		answer.IsUnchanged = true
	} else {
		answer.Data = data
	}
	return answer
}

// filter runs one filter. A chunk that the one before has swallowed is not shown, unless it is the last.
func (s *stream) filter(instance *plugin.Instance, data []byte, last bool) (out []byte, isLast bool, failure string) {
	if len(data) == 0 && !last {
		return nil, false, ""
	}
	s.turn.EndsBody = false
	failure = guard(s.turn, instance.Plugin.Name, s, func(kong *pdk.PDK) {
		out = instance.Config.(plugin.BodyFilter).BodyFilter(kong, data, last)
	})
	return out, last || s.turn.EndsBody, failure
}

// finishChunk answers a chunk. After the last, or a failure, the stream is over.
func (s *stream) finishChunk(answer *wire.ChunkDone) {
	c := s.conn
	s.message = wire.AppendChunkDone(s.message[:0], answer, s.turn.Writes)
	s.message = s.turn.AppendReads(s.message, wire.ReadsOfChunkDone)
	if !c.writer.fits(len(s.message)) {
		answer = &wire.ChunkDone{Failure: "the chunk is longer than the gateway takes"}
		s.message = wire.AppendChunkDone(s.message[:0], answer, nil)
	}
	number, message := s.number, s.message
	isOver := s.isLast || answer.IsLast || answer.Failure != ""
	c.writer.running.Add(-1)
	isWanted := c.endChunk(s, isOver)
	if isWanted {
		c.writer.send(number, wire.TypeChunkDone, message)
	}
	if isOver || !isWanted {
		s.recycle()
		c.closeIfDrained()
	}
}
