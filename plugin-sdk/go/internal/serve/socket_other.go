//go:build !linux

package serve

import "net"

// Elsewhere system calls are made by the platform's library, and package net is the way to them.

func newSocket(nc net.Conn) socket { return nc }

func wakeWatchers() {}
