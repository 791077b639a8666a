package serve

// The goroutines that handlers run in. One that is free takes the next event; a new one is made where none is free, so a
// handler that waits holds up nothing.

var jobs = make(chan *stream)

var idle = make(chan struct{}, idleWorkersMax)

// start runs what the stream has to do, in another goroutine.
func start(s *stream) {
	select {
	case jobs <- s:
	default:
		go work(s)
	}
}

// work runs one job and then others, unless enough goroutines wait for some. Goexit in a handler ends the goroutine, not
// the event: see stream.work.
func work(s *stream) {
	for {
		s.work()
		select {
		case idle <- struct{}{}:
		default:
			return
		}
		s = <-jobs
		<-idle
	}
}
