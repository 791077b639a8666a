package condition

import "github.com/Kong/go-pdk/internal/wire"

// Key is what an answer depends on. Two requests for which all parts are equal get the same answer, while it lasts:
//
//	func (c *Config) CacheKey() condition.Key {
//		return condition.Key{condition.ByHeader("authorization"), condition.ByRoute}
//	}
//
//	func (c *Config) Access(kong *pdk.PDK) {
//		...
//		kong.Cache(30 * time.Second)
//	}
//
// An answer is kept only where a handler of rewrite or access calls kong.Cache.
type Key []Part

// Part is one of the things that an answer depends on.
type Part struct {
	message wire.CachePart
}

// Parts without a name.
var (
	ByMethod   = Part{wire.CachePart{Kind: wire.CacheMethod}}
	ByHost     = Part{wire.CachePart{Kind: wire.CacheHost}}
	ByPath     = Part{wire.CachePart{Kind: wire.CachePath}}
	ByQuery    = Part{wire.CachePart{Kind: wire.CacheQuery}}
	ByClientIP = Part{wire.CachePart{Kind: wire.CacheClientIP}}
	ByRoute    = Part{wire.CachePart{Kind: wire.CacheRoute}}
	ByService  = Part{wire.CachePart{Kind: wire.CacheService}}
	ByConsumer = Part{wire.CachePart{Kind: wire.CacheConsumer}}
)

// ByHeader is all values of a header.
func ByHeader(name string) Part {
	return Part{wire.CachePart{Kind: wire.CacheHeader, Name: name}}
}

// ByQueryArg is the values of an argument.
func ByQueryArg(name string) Part {
	return Part{wire.CachePart{Kind: wire.CacheQuery, Name: name}}
}

// EncodeKey gives the message of a key, nil for an empty one; the server does it.
func EncodeKey(key Key) *wire.CacheKey {
	if len(key) == 0 {
		return nil
	}
	message := &wire.CacheKey{}
	for _, part := range key {
		message.Parts = append(message.Parts, part.message)
	}
	return message
}
