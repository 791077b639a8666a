// Package condition says when a plugin is worth a call, and what its answer depends on. The gateway evaluates both: a request
// that meets no condition, or whose answer is known, costs no call. go-pdk has none of it.
//
//	func (c *Config) Conditions() []condition.On {
//		return []condition.On{{
//			Phases: condition.Access,
//			If:     condition.All(condition.PathPrefix("/api/"), condition.HeaderPresent("authorization")),
//		}}
//	}
//
// A phase without any condition gets every event; with several, one has to hold.
package condition

import "github.com/Kong/go-pdk/internal/wire"

// Phases is a set of phases: join them with |.
type Phases uint32

// The phases that can have conditions.
const (
	Certificate  = Phases(wire.Certificate)
	Rewrite      = Phases(wire.Rewrite)
	Access       = Phases(wire.Access)
	Response     = Phases(wire.Response)
	HeaderFilter = Phases(wire.HeaderFilter)
	BodyFilter   = Phases(wire.BodyFilter)
	Log          = Phases(wire.Log)
	Preread      = Phases(wire.Preread)
)

// On is a condition of some phases.
type On struct {
	Phases Phases
	If     Condition
}

// Condition is a question about a request, made by the functions of this package. The zero one always holds.
type Condition struct {
	message wire.Condition
}

// All holds where all of them hold.
func All(conditions ...Condition) Condition {
	return Condition{wire.Condition{All: listOf(conditions)}}
}

// Any holds where any of them holds.
func Any(conditions ...Condition) Condition {
	return Condition{wire.Condition{Any: listOf(conditions)}}
}

// Not holds where it does not.
func Not(c Condition) Condition {
	return Condition{wire.Condition{Not: &c.message}}
}

func listOf(conditions []Condition) *wire.ConditionList {
	list := &wire.ConditionList{}
	for _, c := range conditions {
		list.List = append(list.List, c.message)
	}
	return list
}

// Method holds where the method is one of these.
func Method(methods ...string) Condition {
	return Condition{wire.Condition{MethodIn: &wire.StringList{List: methods}}}
}

// Path holds where the path (normalised, without query) is one of these.
func Path(paths ...string) Condition {
	return Condition{wire.Condition{PathIn: &wire.StringList{List: paths}}}
}

// PathPrefix holds where the path begins with one of these.
func PathPrefix(prefixes ...string) Condition {
	return Condition{wire.Condition{PathPrefix: &wire.StringList{List: prefixes}}}
}

// HeaderPresent holds where the request has that header, with any value.
func HeaderPresent(name string) Condition {
	return Condition{wire.Condition{HeaderPresent: &name}}
}

// Header holds where the request has that header with one of these values.
func Header(name string, values ...string) Condition {
	return Condition{wire.Condition{HeaderIn: &wire.NamedStrings{Name: name, List: values}}}
}

// HeaderPrefix holds where the request has that header with a value that begins with one of these.
func HeaderPrefix(name string, prefixes ...string) Condition {
	return Condition{wire.Condition{HeaderPrefix: &wire.NamedStrings{Name: name, List: prefixes}}}
}

// QueryPresent holds where the query has that argument.
func QueryPresent(name string) Condition {
	return Condition{wire.Condition{QueryPresent: &name}}
}

// Route holds where the route is one of these, by id or name.
func Route(routes ...string) Condition {
	return Condition{wire.Condition{RouteIn: &wire.StringList{List: routes}}}
}

// Service holds where the Service is one of these, by id or name.
func Service(services ...string) Condition {
	return Condition{wire.Condition{ServiceIn: &wire.StringList{List: services}}}
}

// Consumer holds where the consumer is one of these, by id, username or custom_id.
func Consumer(consumers ...string) Condition {
	return Condition{wire.Condition{ConsumerIn: &wire.StringList{List: consumers}}}
}

// HasConsumer holds where a consumer is authenticated (true), or where none is (false).
func HasConsumer(has bool) Condition {
	return Condition{wire.Condition{HasConsumer: &has}}
}

// Status holds where the response's status is from first to last, both included. Only in header_filter, body_filter,
// response and log.
func Status(first, last int) Condition {
	return Condition{wire.Condition{Status: &wire.StatusRange{First: uint32(first), Last: uint32(last)}}}
}

// Encode gives the messages of conditions; the server does it.
func Encode(conditions []On) []wire.PhaseCondition {
	var messages []wire.PhaseCondition
	for _, c := range conditions {
		messages = append(messages, wire.PhaseCondition{Phases: uint32(c.Phases), Condition: c.If.message})
	}
	return messages
}
