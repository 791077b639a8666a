// Package serve is the plugin server: connections from gateways, the events on them, and their end.
//
// A connection has one goroutine that reads frames. An event runs in a goroutine of its own, taken from a pool; its answer
// goes into the connection's write buffer, and one of the goroutines that have something to say writes it all at once.
package serve

import "time"

// Limits that no setting changes.
const (
	// eventsMax is how many events a connection takes at a time: what the Hello advertises.
	eventsMax = 4096
	// streamsMax is how many streams, response bodies among them, a connection may have at a time; above, it is closed.
	streamsMax = 65_536
	// instancesMax is how many plugin configs a connection may have in force.
	instancesMax = 100_000
	// entitiesMax is how many entities a connection may give numbers.
	entitiesMax = 1_000_000
	// contextsMax is how many requests may keep something in kong.Ctx.Plugin; above, the oldest is forgotten.
	contextsMax = 10_000
	// waitingBytesMax is how many bytes may wait to be written; above, whoever has more to say waits.
	waitingBytesMax = 1 << 20
	// readBytes is the size of a connection's read buffer, which grows for longer frames and shrinks again.
	readBytes = 64 << 10
	// idleWorkersMax is how many goroutines are kept for the next events.
	idleWorkersMax = 64
	// turnBytesMax is how large a turn's buffer may be to be kept for another event.
	turnBytesMax = 64 << 10
	// connectionsMax is how many connections a server has at a time; above, new ones are closed. Over ProtoBuf:1 each event
	// has one of its own.
	connectionsMax = 10_000
	// kongInstancesMax is how many plugin configs may be in force over ProtoBuf:1, where a gateway does not say when it needs
	// one no longer; above, the one that had no event for longest is dropped, and the gateway starts it again.
	kongInstancesMax = 10_000
	// kongReadBytes is the size of a connection's read buffer over ProtoBuf:1.
	kongReadBytes = 4 << 10
	// kongKeptBytesMax is how large a buffer for payloads may be to be kept for the next one.
	kongKeptBytesMax = 64 << 10
	// kongStepBytes is by how much a payload's buffer grows, so that a length alone takes no memory.
	kongStepBytes = 1 << 20
	// kongLookInterval is how often a connection over ProtoBuf:1 is looked at while a handler waits for its context.
	kongLookInterval = 50 * time.Millisecond
	// helloTime is how long a gateway may take until its Hello is here, once it has begun to speak. Over ProtoBuf:1: for the
	// rest of a frame.
	helloTime = 10 * time.Second
	// logDelay is how long a log line waits for company where its handler is still busy.
	logDelay = 2 * time.Millisecond
	// drainTime is how long what is under way may take once the server is to stop.
	drainTime = 10 * time.Second
	// drainGrace is how long a gateway may still send events that crossed our Draining.
	drainGrace = 500 * time.Millisecond
	// acceptDelay is how long no connection is accepted after accepting failed, as for want of file descriptors.
	acceptDelay = 50 * time.Millisecond
)

// software names this SDK in the Hello.
const software = "dragoman-plugin-sdk-go 0.1.0"
