// Package bridgetest plays the gateway for bridge.New, as go-pdk's package of this name does: a list of the functions that a
// plugin is to ask for, with what each is answered. Package test knows a whole request, and more of the PDK.
package bridgetest

import (
	"bytes"
	"fmt"
	"net"
	"testing"

	"github.com/Kong/go-pdk/internal/kongline"
	"github.com/Kong/go-pdk/internal/message"
	"github.com/Kong/go-pdk/internal/wire"
)

// MockStep is one function that is asked for. Args nil takes any arguments; Ret nil answers nothing. Both are messages of package
// kong_plugin_protocol or structpb's.
type MockStep struct {
	Method string
	Args   interface{}
	Ret    interface{}
}

// Mock gives a connection over which the functions are expected, in their order; what differs fails the test, and closes it. After
// the last one it is closed.
func Mock(t *testing.T, s []MockStep) net.Conn {
	plugin, gateway := net.Pipe()
	go func() {
		defer gateway.Close()
		for i, step := range s {
			if err := step.play(gateway); err != nil {
				t.Errorf("step %d, %s: %v", i, step.Method, err)
				return
			}
		}
	}()
	return plugin
}

func (step *MockStep) play(gateway net.Conn) error {
	method, err := kongline.Receive(gateway)
	if err != nil {
		return fmt.Errorf("nothing is asked for: %w", err)
	}
	arguments, err := kongline.Receive(gateway)
	if err != nil {
		return fmt.Errorf("no arguments: %w", err)
	}
	if string(method) != step.Method {
		return fmt.Errorf("found %s", method)
	}
	if step.Args != nil {
		expected, err := step.arguments()
		if err != nil {
			return fmt.Errorf("args: %w", err)
		}
		if !bytes.Equal(expected, arguments) {
			return fmt.Errorf("expected arguments %v (%q), received %q", step.Args, expected, arguments)
		}
	}
	answer, err := step.answer()
	if err != nil {
		return fmt.Errorf("ret: %w", err)
	}
	if step.Method == "kong.response.exit" {
		return nil // nobody waits for an answer
	}
	return kongline.Send(gateway, answer)
}

func (step *MockStep) arguments() ([]byte, error) {
	values, err := message.Arguments(step.Args)
	if err != nil {
		return nil, err
	}
	for i, value := range values {
		if values[i], err = wire.Normalize(value); err != nil {
			return nil, err
		}
	}
	return wire.AppendKongArguments(nil, step.Method, values)
}

func (step *MockStep) answer() ([]byte, error) {
	value, err := message.Result(step.Ret)
	if err != nil {
		return nil, err
	}
	if value, err = wire.Normalize(value); err != nil {
		return nil, err
	}
	return wire.AppendKongResult(nil, step.Method, value)
}

// mockEnvironment answers functions with arguments and results as they are on the wire.
type mockEnvironment interface {
	Handle(method string, args_d []byte) []byte
	Errorf(format string, args ...interface{})
	IsRunning() bool
	SubscribeStatusChange(ch chan<- string)
}

// MockFunc gives a connection over which an environment answers whatever is asked for, until it says that it is "finished".
func MockFunc(e mockEnvironment) net.Conn {
	plugin, gateway := net.Pipe()
	changes := make(chan string, 1)
	e.SubscribeStatusChange(changes)
	go func() {
		for {
			method, err := kongline.Receive(gateway)
			if err != nil {
				e.Errorf("no name of a function: %v", err)
				return
			}
			arguments, err := kongline.Receive(gateway)
			if err != nil {
				e.Errorf("no arguments of %s: %v", method, err)
				return
			}
			if err := kongline.Send(gateway, e.Handle(string(method), arguments)); err != nil && e.IsRunning() {
				e.Errorf("the answer of %s: %v", method, err)
				return
			}
			select {
			case change := <-changes:
				if change == "finished" {
					return
				}
			default:
			}
		}
	}()
	return plugin
}
