// Package node tells about the gateway's node.
package node

import (
	"encoding/json"

	"github.com/Kong/go-pdk/bridge"
)

// Node holds this module's functions, as kong.Node. Phases: all.
type Node struct {
	bridge.PdkBridge
}

type workerLuaVmStats struct {
	HttpAllocatedGc int64 `json:"http_allocated_gc"`
	Pid             int64 `json:"pid"`
}

// MemoryStats is what the gateway uses, in bytes. Its tables have no types of their own, as with go-pdk, whose users write them out.
type MemoryStats struct {
	LuaSharedDicts struct {
		Kong struct {
			AllocatedSlabs int64 `json:"allocated_slabs"`
			Capacity       int64 `json:"capacity"`
		} `json:"kong"`
		KongDbCache struct {
			AllocatedSlabs int64 `json:"allocated_slabs"`
			Capacity       int64 `json:"capacity"`
		} `json:"kong_db_cache"`
	} `json:"lua_shared_dicts"`
	WorkersLuaVms []workerLuaVmStats `json:"workers_lua_vms"`
}

// GetId gives the node's id, a UUID. Known from the connection.
func (n Node) GetId() (string, error) {
	gateway, err := bridge.Of(n.PdkBridge).Gateway("kong.node.get_id")
	if err != nil {
		return "", err
	}
	if gateway.NodeID != "" {
		return gateway.NodeID, nil
	}
	return bridge.Of(n.PdkBridge).AskText("kong.node.get_id")
}

// GetHostname gives the name of the machine that the gateway runs on. Known from the connection. Beyond go-pdk.
func (n Node) GetHostname() (string, error) {
	gateway, err := bridge.Of(n.PdkBridge).Gateway("kong.node.get_hostname")
	if err != nil {
		return "", err
	}
	if gateway.Hostname != "" {
		return gateway.Hostname, nil
	}
	return bridge.Of(n.PdkBridge).AskText("kong.node.get_hostname")
}

// GetMemoryStats gives what the gateway's caches and workers use. Asks the gateway.
func (n Node) GetMemoryStats() (stats MemoryStats, err error) {
	table, err := bridge.Of(n.PdkBridge).AskTable("kong.node.get_memory_stats")
	if err != nil {
		return stats, err
	}
	document, err := json.Marshal(table)
	if err == nil {
		err = json.Unmarshal(document, &stats)
	}
	return stats, err
}
