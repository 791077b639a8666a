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
	// helloTime is how long a gateway may take until its Hello is here.
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
