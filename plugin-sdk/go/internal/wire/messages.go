package wire

// The messages of a connection and of plugin configs, as the contract has them, field by field.

// Phase is one of the gateway's phases, as a bit.
type Phase uint32

// Phases, with Kong's own numbers.
const (
	InitWorker   Phase = 0x1
	Certificate  Phase = 0x2
	Rewrite      Phase = 0x10
	Access       Phase = 0x20
	Response     Phase = 0x80
	HeaderFilter Phase = 0x200
	BodyFilter   Phase = 0x400
	Log          Phase = 0x2000
	Preread      Phase = 0x4000
	Configure    Phase = 0x8000
)

// Hello is the first frame of either side.
type Hello struct {
	ProtocolVersions []uint32     `pb:"1"`
	Software         string       `pb:"2"`
	FrameBytesMax    uint32       `pb:"3"`
	Pid              uint32       `pb:"4"`
	NodeID           string       `pb:"5"`
	Hostname         string       `pb:"6"`
	KongVersion      string       `pb:"7"`
	KongVersionNum   uint32       `pb:"8"`
	WantsReads       bool         `pb:"9"`
	Plugins          []PluginInfo `pb:"16"`
	ConcurrencyMax   uint32       `pb:"17"`
}

// PluginInfo is what a gateway has to know of a plugin.
type PluginInfo struct {
	Name             string   `pb:"1"`
	Priority         int32    `pb:"2,zigzag"`
	Version          string   `pb:"3"`
	Phases           []string `pb:"4"`
	Schema           []byte   `pb:"5"`
	ReadsRequestBody bool     `pb:"6"`
}

// Draining says that its sender takes no new events.
type Draining struct {
	Reason string `pb:"1"`
}

// Ping asks for a Pong with the same token.
type Ping struct {
	Token uint64 `pb:"1,fixed"`
}

// Start begins a plugin config.
type Start struct {
	Instance uint32 `pb:"1"`
	Plugin   string `pb:"2"`
	Config   []byte `pb:"3"`
	Phases   uint32 `pb:"4"`
}

// Started answers a Start that worked.
type Started struct {
	Instance   uint32           `pb:"1"`
	Conditions []PhaseCondition `pb:"2"`
	CacheKey   *CacheKey        `pb:"3"`
}

// StartFailed answers a Start that did not.
type StartFailed struct {
	Instance uint32 `pb:"1"`
	Message  string `pb:"2"`
}

// Stop ends a plugin config.
type Stop struct {
	Instance uint32 `pb:"1"`
}

// PhaseCondition says when an event of some phases is worth a call.
type PhaseCondition struct {
	Phases    uint32    `pb:"1"`
	Condition Condition `pb:"2"`
}

// Condition has one field set, or none: then it always holds.
type Condition struct {
	All           *ConditionList `pb:"1"`
	Any           *ConditionList `pb:"2"`
	Not           *Condition     `pb:"3"`
	MethodIn      *StringList    `pb:"4"`
	PathIn        *StringList    `pb:"5"`
	PathPrefix    *StringList    `pb:"6"`
	HeaderPresent *string        `pb:"7"`
	HeaderIn      *NamedStrings  `pb:"8"`
	HeaderPrefix  *NamedStrings  `pb:"9"`
	QueryPresent  *string        `pb:"10"`
	RouteIn       *StringList    `pb:"11"`
	ServiceIn     *StringList    `pb:"12"`
	ConsumerIn    *StringList    `pb:"13"`
	HasConsumer   *bool          `pb:"14"`
	Status        *StatusRange   `pb:"15"`
}

// ConditionList is the members of `all` and `any`.
type ConditionList struct {
	List []Condition `pb:"1"`
}

// StringList is what something has to be one of.
type StringList struct {
	List []string `pb:"1"`
}

// NamedStrings is values of a header.
type NamedStrings struct {
	Name string   `pb:"1"`
	List []string `pb:"2"`
}

// StatusRange is a range of status codes, both ends included.
type StatusRange struct {
	First uint32 `pb:"1"`
	Last  uint32 `pb:"2"`
}

// CacheKey says what an answer depends on.
type CacheKey struct {
	Parts []CachePart `pb:"1"`
}

// CachePart is one of the things that an answer depends on.
type CachePart struct {
	Kind CacheKind `pb:"1"`
	Name string    `pb:"2"`
}

// CacheKind says what a CachePart is.
type CacheKind uint32

// Kinds of a CachePart; Header and Query take a name.
const (
	CacheMethod CacheKind = iota + 1
	CacheHost
	CachePath
	CacheHeader
	CacheQuery
	CacheClientIP
	CacheRoute
	CacheService
	CacheConsumer
)

// Entity is what events refer to by number.
type Entity struct {
	Number uint32     `pb:"1"`
	Kind   EntityKind `pb:"2"`
	JSON   []byte     `pb:"3"`
}

// EntityKind says what an Entity is.
type EntityKind uint32

// Kinds of an Entity.
const (
	KindRoute EntityKind = iota + 1
	KindService
	KindConsumer
	KindCredential
)

// Chunk is a piece of a response's body.
type Chunk struct {
	Data   []byte `pb:"1"`
	IsLast bool   `pb:"2"`
}

// Cancel says that nobody waits for an answer any more.
type Cancel struct {
	Reason  CancelReason `pb:"1"`
	Message string       `pb:"2"`
}

// CancelReason says why.
type CancelReason uint32

// Reasons of a Cancel.
const (
	CancelDeadline CancelReason = iota + 1
	CancelClientGone
	CancelRefused
	CancelExited
)

// Forget names requests that are over.
type Forget struct {
	Requests []uint32 `pb:"1"`
}

// LogLine is a line of a plugin or of the server.
type LogLine struct {
	Level   string `pb:"1"`
	Message string `pb:"2"`
	Plugin  string `pb:"3"`
}
