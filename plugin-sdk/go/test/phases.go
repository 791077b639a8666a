package test

import (
	"bytes"

	pdk "github.com/Kong/go-pdk"
	"github.com/Kong/go-pdk/internal/plugin"
	"github.com/Kong/go-pdk/internal/turn"
	"github.com/Kong/go-pdk/internal/wire"
)

// requestNumber is the environment's request, in a gateway's numbers.
const requestNumber = 1

// run runs a handler as the server would: with a snapshot, and the writes done when it has returned. Panics are the test's.
func (e *TestEnv) run(phase wire.Phase, handler func(kong *pdk.PDK)) {
	e.t.Helper()
	t := turn.New()
	e.fillEvent(&t.Event, phase)
	t.Begin(link{e}, 1)
	handle := turn.NewHandle(t, "plugin")
	handler(pdk.New(handle))
	handle.Close()
	t.Finish()
	if t.CacheMs > 0 {
		e.CacheMs = int(t.CacheMs)
	}
	e.apply(t.Writes)
}

func (e *TestEnv) do(phase wire.Phase, config interface{}) {
	e.t.Helper()
	if e.IsRunning() {
		e.run(phase, func(kong *pdk.PDK) { plugin.Handle(config, phase, kong) })
	}
}

// DoCertificate runs the Certificate handler.
func (e *TestEnv) DoCertificate(config interface{}) {
	e.t.Helper()
	e.do(wire.Certificate, config)
}

// DoRewrite runs the Rewrite handler.
func (e *TestEnv) DoRewrite(config interface{}) {
	e.t.Helper()
	e.do(wire.Rewrite, config)
}

// DoAccess runs the Access handler.
func (e *TestEnv) DoAccess(config interface{}) {
	e.t.Helper()
	e.do(wire.Access, config)
}

// DoResponse puts the Service's response over what the client gets, and runs the Response handler.
func (e *TestEnv) DoResponse(config interface{}) {
	e.t.Helper()
	if e.IsRunning() {
		e.ClientRes.merge(e.ServiceRes)
	}
	e.do(wire.Response, config)
}

// DoHeaderFilter puts the Service's response over what the client gets, and runs the HeaderFilter handler. Beyond go-pdk.
func (e *TestEnv) DoHeaderFilter(config interface{}) {
	e.t.Helper()
	if e.IsRunning() {
		e.ClientRes.merge(e.ServiceRes)
	}
	e.do(wire.HeaderFilter, config)
}

// DoBodyFilter runs the BodyFilter handler on each chunk; without chunks on the Service's body as one. What it gives becomes
// the client's body. Beyond go-pdk.
func (e *TestEnv) DoBodyFilter(config interface{}, chunks ...[]byte) {
	e.t.Helper()
	filter, ok := config.(plugin.BodyFilter)
	if !ok || !e.IsRunning() {
		return
	}
	if wanter, ok := config.(plugin.BodyWanter); ok {
		wants := false
		e.run(wire.BodyFilter, func(kong *pdk.PDK) { wants = wanter.WantsBody(kong) })
		if !wants {
			return
		}
	}
	if len(chunks) == 0 {
		chunks = [][]byte{e.ServiceRes.Body}
	}
	var body []byte
	for i, chunk := range chunks {
		e.run(wire.BodyFilter, func(kong *pdk.PDK) {
			body = append(body, filter.BodyFilter(kong, bytes.Clone(chunk), i == len(chunks)-1)...)
		})
	}
	e.ClientRes.Body = body
}

// DoPreread runs the Preread handler.
func (e *TestEnv) DoPreread(config interface{}) {
	e.t.Helper()
	e.do(wire.Preread, config)
}

// DoLog runs the Log handler.
func (e *TestEnv) DoLog(config interface{}) {
	e.t.Helper()
	e.do(wire.Log, config)
}

// DoInitWorker runs the InitWorker handler. Beyond go-pdk.
func (e *TestEnv) DoInitWorker(config interface{}) {
	e.t.Helper()
	e.do(wire.InitWorker, config)
}

// DoConfigure runs the Configure handler with the configs that are in force. Beyond go-pdk.
func (e *TestEnv) DoConfigure(config interface{}, configs ...interface{}) {
	e.t.Helper()
	e.run(wire.Configure, func(kong *pdk.PDK) { plugin.HandleConfigure(config, kong, configs) })
}

// DoHttp runs all handlers of a request, with a Service that echoes what it gets.
func (e *TestEnv) DoHttp(config interface{}) {
	e.t.Helper()
	e.DoRewrite(config)
	e.DoAccess(config)
	e.ServiceRes = e.ServiceReq.ToResponse()
	e.DoResponse(config)
	e.DoHeaderFilter(config)
	e.DoBodyFilter(config)
	e.DoLog(config)
}

// DoHttps is DoHttp after the Certificate handler.
func (e *TestEnv) DoHttps(config interface{}) {
	e.t.Helper()
	e.DoCertificate(config)
	e.DoHttp(config)
}

// DoStream runs the handlers of a TCP stream.
func (e *TestEnv) DoStream(config interface{}) {
	e.t.Helper()
	e.DoPreread(config)
	e.DoLog(config)
}

// DoTLS is DoStream after the Certificate handler.
func (e *TestEnv) DoTLS(config interface{}) {
	e.t.Helper()
	e.DoCertificate(config)
	e.DoStream(config)
}

// Configure fills a config as the server does: the defaults of its tags, then a configuration in JSON, then OnStart. The
// error is why the gateway would refuse it. Beyond go-pdk.
func Configure(constructor func() interface{}, document string) (config interface{}, err error) {
	p := plugin.Plugin{Name: "plugin", New: constructor}
	if _, err := p.Info(); err != nil {
		return nil, err
	}
	instance, err := p.Start([]byte(document))
	if err != nil {
		return nil, err
	}
	return instance.Config, nil
}
