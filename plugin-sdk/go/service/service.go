// Package service changes where a request goes: upstream, target, retries, timeouts, TLS.
package service

import (
	"github.com/Kong/go-pdk/bridge"
)

// Service holds this module's functions, as kong.Service. Phases: access, where nothing else is said.
type Service struct {
	bridge.PdkBridge
}

// SetUpstream sends the request to an Upstream, by its name. An Upstream that does not exist changes nothing. Written.
func (s Service) SetUpstream(host string) error {
	return bridge.Of(s.PdkBridge).Write("kong.service.set_upstream", host)
}

// SetTarget sends the request to a host and port, past all Upstreams. Phases: access, balancer, preread. Written.
func (s Service) SetTarget(host string, port int) error {
	return bridge.Of(s.PdkBridge).Write("kong.service.set_target", host, port)
}

// SetRetries sets how often a failed request is tried again, 0 to 32767. Written. Beyond go-pdk.
func (s Service) SetRetries(retries int) error {
	return bridge.Of(s.PdkBridge).Write("kong.service.set_retries", retries)
}

// SetTimeouts sets the timeouts for connecting, writing and reading, in milliseconds, from 1. Written. Beyond go-pdk.
func (s Service) SetTimeouts(connect, write, read int) error {
	return bridge.Of(s.PdkBridge).Write("kong.service.set_timeouts", connect, write, read)
}

// SetTLSVerify says whether the Service's certificate is verified. Phases: access, balancer, preread. Written. Beyond go-pdk.
func (s Service) SetTLSVerify(on bool) error {
	return bridge.Of(s.PdkBridge).Write("kong.service.set_tls_verify", on)
}

// SetTLSVerifyDepth sets how many certificates may stand between the Service's and a trusted one. Phases: access, balancer,
// preread. Written. Beyond go-pdk.
func (s Service) SetTLSVerifyDepth(depth int) error {
	return bridge.Of(s.PdkBridge).Write("kong.service.set_tls_verify_depth", depth)
}
