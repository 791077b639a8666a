// Package plugin knows what a plugin author writes: a constructor, a config type and its handlers.
package plugin

import (
	"fmt"
	"reflect"

	pdk "github.com/Kong/go-pdk"
	"github.com/Kong/go-pdk/condition"
	"github.com/Kong/go-pdk/internal/wire"
)

// What a config type may have, by interface.
type (
	initWorker   interface{ InitWorker(*pdk.PDK) }
	configure    interface{ Configure(*pdk.PDK, []interface{}) }
	certificate  interface{ Certificate(*pdk.PDK) }
	rewrite      interface{ Rewrite(*pdk.PDK) }
	access       interface{ Access(*pdk.PDK) }
	response     interface{ Response(*pdk.PDK) }
	headerFilter interface{ HeaderFilter(*pdk.PDK) }
	preread      interface{ Preread(*pdk.PDK) }
	logPhase     interface{ Log(*pdk.PDK) }

	// BodyFilter sees a response's body chunk by chunk, and gives what goes on in each one's place.
	BodyFilter interface {
		BodyFilter(kong *pdk.PDK, chunk []byte, last bool) []byte
	}
	// BodyWanter says for each response whether BodyFilter is to see its body; without it, it sees all.
	BodyWanter interface{ WantsBody(*pdk.PDK) bool }
	// Starter is called when a plugin config comes into force; an error refuses it.
	Starter interface{ OnStart() error }
	// Stopper is called when a plugin config is in force no longer, after its last event has begun.
	Stopper interface{ OnStop() }
	// Conditioner says when a phase is worth a call.
	Conditioner interface{ Conditions() []condition.On }
	// CacheKeyer says what an answer depends on.
	CacheKeyer interface{ CacheKey() condition.Key }
)

// phases are the names that a plugin is advertised with, in their order.
var phases = []struct {
	name  string
	phase wire.Phase
	has   func(config any) bool
}{
	{"init_worker", wire.InitWorker, is[initWorker]},
	{"configure", wire.Configure, is[configure]},
	{"certificate", wire.Certificate, is[certificate]},
	{"rewrite", wire.Rewrite, is[rewrite]},
	{"access", wire.Access, is[access]},
	{"response", wire.Response, is[response]},
	{"header_filter", wire.HeaderFilter, is[headerFilter]},
	{"body_filter", wire.BodyFilter, is[BodyFilter]},
	{"preread", wire.Preread, is[preread]},
	{"log", wire.Log, is[logPhase]},
}

func is[T any](config any) bool {
	_, ok := config.(T)
	return ok
}

// methods are the handlers of phases that go-pdk knows, which go by their name alone: see Misfit.
var methods = map[wire.Phase]string{
	wire.Certificate: "Certificate", wire.Rewrite: "Rewrite", wire.Access: "Access", wire.Response: "Response",
	wire.Preread: "Preread", wire.Log: "Log",
}

// Misfit tells of a method that has a phase's name, and does not take what a handler is given: "" where there is none.
//
// As with go-pdk such a plugin has the phase, and each of its events fails. To leave the phase out would let requests pass a
// plugin that its author thinks is looking at them.
func Misfit(config any, phase wire.Phase) string {
	name := methods[phase]
	if name == "" {
		return ""
	}
	method := reflect.ValueOf(config).MethodByName(name)
	if !method.IsValid() {
		return ""
	}
	if _, fits := method.Interface().(func(*pdk.PDK)); fits {
		return ""
	}
	return fmt.Sprintf("the method %s of %T is a %s; a handler is a func(*pdk.PDK), of github.com/Kong/go-pdk", name, config, method.Type())
}

// Misfits gives those of all phases.
func Misfits(config any) (texts []string) {
	for _, p := range phases {
		if text := Misfit(config, p.phase); text != "" {
			texts = append(texts, text)
		}
	}
	return texts
}

// PhasesOf gives the names of the phases that a config has handlers for, or methods that should be.
func PhasesOf(config any) (names []string) {
	for _, p := range phases {
		if p.has(config) || Misfit(config, p.phase) != "" {
			names = append(names, p.name)
		}
	}
	return names
}

// kongPhases are those that Kong can run in a plugin server.
const kongPhases = wire.Certificate | wire.Rewrite | wire.Access | wire.Response | wire.Preread | wire.Log

// KongPhase gives the phase of a name, 0 for one that Kong cannot run in a plugin server.
func KongPhase(name string) wire.Phase {
	for _, p := range phases {
		if p.name == name {
			return p.phase & kongPhases
		}
	}
	return 0
}

// Handle runs the handler of a phase that takes nothing but the PDK; false where there is none.
func Handle(config any, phase wire.Phase, kong *pdk.PDK) bool {
	switch phase {
	case wire.Access:
		return call(config, kong, access.Access)
	case wire.Log:
		return call(config, kong, logPhase.Log)
	case wire.HeaderFilter:
		return call(config, kong, headerFilter.HeaderFilter)
	case wire.Rewrite:
		return call(config, kong, rewrite.Rewrite)
	case wire.Response:
		return call(config, kong, response.Response)
	case wire.Certificate:
		return call(config, kong, certificate.Certificate)
	case wire.Preread:
		return call(config, kong, preread.Preread)
	case wire.InitWorker:
		return call(config, kong, initWorker.InitWorker)
	}
	return false
}

func call[T any](config any, kong *pdk.PDK, handler func(T, *pdk.PDK)) bool {
	plugin, ok := config.(T)
	if ok {
		handler(plugin, kong)
	}
	return ok
}

// HandleConfigure runs the handler of configure; false where there is none.
func HandleConfigure(config any, kong *pdk.PDK, configs []any) bool {
	plugin, ok := config.(configure)
	if ok {
		plugin.Configure(kong, configs)
	}
	return ok
}
