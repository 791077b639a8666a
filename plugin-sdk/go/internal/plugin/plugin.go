package plugin

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/Kong/go-pdk/condition"
	"github.com/Kong/go-pdk/internal/schema"
	"github.com/Kong/go-pdk/internal/wire"
)

// Plugin is a plugin as its author declares it.
type Plugin struct {
	Name     string
	New      func() any
	Version  string
	Priority int
	// ReadsRequestBody asks for bodies that have arrived to be part of the snapshot.
	ReadsRequestBody bool
}

// Info gives what a gateway has to know. The error is for the author: no constructor, or phases that exclude each other.
func (p *Plugin) Info() (wire.PluginInfo, error) {
	if p.New == nil {
		return wire.PluginInfo{}, errors.New("a plugin needs a constructor")
	}
	config := p.New()
	if config == nil {
		return wire.PluginInfo{}, errors.New("the constructor of a plugin must not give nil")
	}
	phases := PhasesOf(config)
	if slices.Contains(phases, "response") && (slices.Contains(phases, "header_filter") || slices.Contains(phases, "body_filter")) {
		return wire.PluginInfo{}, errors.New("a plugin with Response can have neither HeaderFilter nor BodyFilter")
	}
	document, err := schema.Of(p.Name, reflect.TypeOf(config))
	if err != nil {
		return wire.PluginInfo{}, err
	}
	return wire.PluginInfo{
		Name: p.Name, Priority: int32(p.Priority), Version: p.Version, Phases: phases, Schema: document,
		ReadsRequestBody: p.ReadsRequestBody,
	}, nil
}

// Instance is a plugin config in force.
type Instance struct {
	Plugin *Plugin
	Config any
	// Started is the answer to its Start: conditions and cache key of the configuration.
	Started wire.Started
}

// Start makes an instance of a configuration in JSON. An error, or a panic of the plugin's own code, refuses it.
func (p *Plugin) Start(document []byte) (instance *Instance, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v", cause)
		}
	}()
	config := p.New()
	if err := schema.Fill(config, document); err != nil {
		return nil, fmt.Errorf("decoding config: %w", err)
	}
	if starter, ok := config.(Starter); ok {
		if err := starter.OnStart(); err != nil {
			return nil, err
		}
	}
	instance = &Instance{Plugin: p, Config: config}
	if c, ok := config.(Conditioner); ok {
		instance.Started.Conditions = condition.Encode(c.Conditions())
	}
	if c, ok := config.(CacheKeyer); ok {
		instance.Started.CacheKey = condition.EncodeKey(c.CacheKey())
	}
	return instance, nil
}

// Stop ends the instance.
func (i *Instance) Stop() {
	if stopper, ok := i.Config.(Stopper); ok {
		defer func() { _ = recover() }()
		stopper.OnStop()
	}
}
