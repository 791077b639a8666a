package serve

import (
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/Kong/go-pdk/internal/plugin"
)

// kongInstances are the plugin configs in force over ProtoBuf:1. They belong to no connection: a gateway starts one on any and
// uses it on all. Ids are never used twice, so an event never runs with another configuration than the gateway means.
type kongInstances struct {
	mu   sync.RWMutex
	byID map[int32]*kongInstance
	last int32
}

type kongInstance struct {
	*plugin.Instance
	id        int32
	startedAt time.Time
	// lastEvent is when it was used last, in nanoseconds of the epoch.
	lastEvent atomic.Int64
}

// start makes an instance of a configuration in JSON.
func (k *kongInstances) start(p *plugin.Plugin, config string) (*kongInstance, error) {
	started, err := p.Start([]byte(config))
	if err != nil {
		return nil, err
	}
	instance := &kongInstance{Instance: started, startedAt: time.Now()}
	instance.lastEvent.Store(instance.startedAt.UnixNano())
	k.mu.Lock()
	if k.last == math.MaxInt32 {
		k.mu.Unlock()
		started.Stop()
		return nil, fmt.Errorf("there are no numbers for instances left")
	}
	k.last++
	instance.id = k.last
	if k.byID == nil {
		k.byID = map[int32]*kongInstance{}
	}
	var dropped *kongInstance
	if len(k.byID) >= kongInstancesMax {
		dropped = k.leastUsed()
		delete(k.byID, dropped.id)
	}
	k.byID[instance.id] = instance
	k.mu.Unlock()
	if dropped != nil {
		dropped.Stop()
	}
	return instance, nil
}

// leastUsed gives the instance that had no event for longest; the lock is held and there is one.
func (k *kongInstances) leastUsed() (found *kongInstance) {
	for _, one := range k.byID {
		if found == nil || one.lastEvent.Load() < found.lastEvent.Load() {
			found = one
		}
	}
	return found
}

// find gives an instance, nil for a number that is not known.
func (k *kongInstances) find(id int32) *kongInstance {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.byID[id]
}

// close ends an instance and gives it, nil for a number that is not known.
func (k *kongInstances) close(id int32) *kongInstance {
	k.mu.Lock()
	instance := k.byID[id]
	delete(k.byID, id)
	k.mu.Unlock()
	if instance != nil {
		instance.Stop()
	}
	return instance
}

// stopAll ends all instances: the server is at its end.
func (k *kongInstances) stopAll() {
	k.mu.Lock()
	all := k.byID
	k.byID = nil
	k.mu.Unlock()
	for _, one := range all {
		one.Stop()
	}
}
