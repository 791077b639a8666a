// Package ip knows the addresses that the gateway trusts (the setting trusted_ips).
package ip

import (
	"github.com/Kong/go-pdk/bridge"
)

// Ip holds this module's functions, as kong.IP.
type Ip struct {
	bridge.PdkBridge
}

// IsTrusted says whether an address, IPv4 or IPv6, is in one of the trusted ranges. Phases: all. Asks the gateway.
func (ip Ip) IsTrusted(address string) (bool, error) {
	return bridge.Of(ip.PdkBridge).AskBool("kong.ip.is_trusted", address)
}
