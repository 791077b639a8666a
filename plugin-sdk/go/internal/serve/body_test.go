package serve

import (
	"bytes"
	"testing"

	pdk "github.com/Kong/go-pdk"
	"github.com/Kong/go-pdk/internal/fakegateway"
	"github.com/Kong/go-pdk/internal/wire"
)

// shout writes bodies in capitals, in place; "stop" ends one, "boom" fails, and "ask" asks the gateway.
type shout struct{}

func (*shout) WantsBody(kong *pdk.PDK) bool {
	kind, _ := kong.Response.GetHeader("content-type")
	return kind == "text/plain"
}

func (*shout) BodyFilter(kong *pdk.PDK, chunk []byte, last bool) []byte {
	switch string(chunk) {
	case "stop":
		_ = kong.EndBody()
		return []byte("THE END")
	case "boom":
		panic("boom")
	case "status":
		_, _ = kong.Response.GetStatus()
	case "ask":
		_ = kong.Ctx.SetShared("n", 1)
		answer, _ := kong.Nginx.GetVar("upstream_addr")
		return []byte(answer)
	}
	copy(chunk, bytes.ToUpper(chunk))
	return chunk
}

func (*shout) HeaderFilter(kong *pdk.PDK) {}

func startShout(t *testing.T) *fakegateway.Gateway {
	path, _ := serveOne(t, one("shout", func() any { return &shout{} }))
	g := fakegateway.Dial(t, path)
	g.Start(1, "shout", `{}`)
	return g
}

func head(kind string) *wire.Event {
	event := fakegateway.Access(1, 1)
	event.Phase, event.Status, event.Source = wire.BodyFilter, 200, wire.SourceService
	event.ResponseHeaders = "content-type: " + kind + "\r\n"
	return event
}

func chunkDone(t *testing.T, g *fakegateway.Gateway, stream uint32) wire.ChunkDone {
	t.Helper()
	frame := g.Expect(stream, wire.TypeChunkDone, nil)
	answer, err := wire.DecodeChunkDone(string(frame.Message))
	if err != nil {
		t.Fatal(err)
	}
	return answer.Chunk
}

func TestBodyInChunks(t *testing.T) {
	g := startShout(t)
	g.Send(1, wire.TypeEvent, head("image/png"))
	if g.Done(1).WantsBody {
		t.Error("the plugin said that it does not want this body")
	}
	for round := 0; round < 3; round++ {
		g.Send(1, wire.TypeEvent, head("text/plain"))
		if !g.Done(1).WantsBody {
			t.Fatal("the plugin wants this body")
		}
		steps := []struct {
			data      string
			last      bool
			out       string
			unchanged bool
		}{{"hello ", false, "HELLO ", false}, {"123", false, "", true}, {"world", true, "WORLD", false}}
		for _, step := range steps {
			g.Send(1, wire.TypeChunk, &wire.Chunk{Data: []byte(step.data), IsLast: step.last})
			got := chunkDone(t, g, 1)
			if string(got.Data) != step.out || got.IsUnchanged != step.unchanged || got.IsLast != step.last {
				t.Errorf("%+v: %+v", step, got)
			}
		}
	}
}

func TestReadsOfAChunk(t *testing.T) {
	path, _ := serveOne(t, one("shout", func() any { return &shout{} }))
	g := fakegateway.DialForReads(t, path)
	g.Start(1, "shout", `{}`)
	g.Send(1, wire.TypeEvent, head("text/plain"))
	if got := g.Done(1).Reads; len(got) != 1 || got[0] != "kong.response.get_header content-type" {
		t.Errorf("%q", got)
	}
	g.Send(1, wire.TypeChunk, &wire.Chunk{Data: []byte("status"), IsLast: true})
	answer, err := wire.DecodeChunkDone(string(g.Expect(1, wire.TypeChunkDone, nil).Message))
	if err != nil || len(answer.Reads) != 1 || answer.Reads[0] != "kong.response.get_status" {
		t.Errorf("%q, %v", answer.Reads, err)
	}
}

func TestBodyEndedByThePlugin(t *testing.T) {
	g := startShout(t)
	g.Send(1, wire.TypeEvent, head("text/plain"))
	g.Done(1)
	g.Send(1, wire.TypeChunk, &wire.Chunk{Data: []byte("stop")})
	if got := chunkDone(t, g, 1); !got.IsLast || string(got.Data) != "THE END" {
		t.Errorf("%+v", got)
	}
	g.Send(1, wire.TypeEvent, head("text/plain")) // the number is free again
	g.Done(1)
	g.Send(1, wire.TypeChunk, &wire.Chunk{Data: []byte("boom")})
	g.Expect(1, wire.TypeLog, nil)
	if got := chunkDone(t, g, 1); got.Failure != "boom" {
		t.Errorf("%+v", got)
	}
}

func TestChunkThatAsks(t *testing.T) {
	g := startShout(t)
	g.Send(1, wire.TypeEvent, head("text/plain"))
	g.Done(1)
	g.Send(1, wire.TypeChunk, &wire.Chunk{Data: []byte("ask"), IsLast: true})
	call := g.Call(1)
	if call.Method != "kong.nginx.get_var" || len(call.Writes) != 1 || call.Writes[0].Name != "kong.ctx.shared.set" {
		t.Fatalf("%+v", call)
	}
	g.Result(1, "127.0.0.1:9000", "")
	if got := chunkDone(t, g, 1); string(got.Data) != "127.0.0.1:9000" || !got.IsLast {
		t.Errorf("%+v", got)
	}
}

func TestCanceledBody(t *testing.T) {
	g := startShout(t)
	g.Send(1, wire.TypeEvent, head("text/plain"))
	g.Done(1)
	g.Send(1, wire.TypeCancel, &wire.Cancel{Reason: wire.CancelClientGone})
	g.Send(1, wire.TypeEvent, head("text/plain"))
	if !g.Done(1).WantsBody {
		t.Error("the stream's number is free after a Cancel")
	}
}
