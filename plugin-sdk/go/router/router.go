// Package router gives the route and the Service that the request was matched to.
package router

import (
	"github.com/Kong/go-pdk/bridge"
	"github.com/Kong/go-pdk/entities"
	"github.com/Kong/go-pdk/internal/turn"
	"github.com/Kong/go-pdk/internal/wire"
)

// Router holds this module's functions, as kong.Router. Phases: access, response, header_filter, body_filter, log. Both
// read the snapshot; an entity travels once, however many requests match it.
type Router struct {
	bridge.PdkBridge
}

// GetRoute gives the route, a zero one where none has matched.
func (c Router) GetRoute() (route entities.Route, err error) {
	t, err := bridge.Of(c.PdkBridge).Entity(wire.KindRoute)
	return entities.Route{
		Id:                      turn.TextIn(t, "id"),
		CreatedAt:               turn.IntIn(t, "created_at"),
		UpdatedAt:               turn.IntIn(t, "updated_at"),
		Name:                    turn.TextIn(t, "name"),
		Protocols:               turn.TextsIn(t, "protocols"),
		Methods:                 turn.TextsIn(t, "methods"),
		Hosts:                   turn.TextsIn(t, "hosts"),
		Paths:                   turn.TextsIn(t, "paths"),
		Headers:                 turn.TextsIn(t, "headers"),
		HTTPSRedirectStatusCode: turn.IntIn(t, "https_redirect_status_code"),
		RegexPriority:           turn.IntIn(t, "regex_priority"),
		StripPath:               turn.BoolIn(t, "strip_path"),
		PreserveHost:            turn.BoolIn(t, "preserve_host"),
		SNIs:                    turn.TextsIn(t, "snis"),
		Sources:                 turn.TextsIn(t, "sources"),
		Destinations:            turn.TextsIn(t, "destinations"),
		Tags:                    turn.TextsIn(t, "tags"),
		Service:                 entities.ServiceKey{Id: turn.IDIn(t, "service")},
	}, err
}

// GetService gives the Service, a zero one where the route has none.
func (c Router) GetService() (service entities.Service, err error) {
	t, err := bridge.Of(c.PdkBridge).Entity(wire.KindService)
	return entities.Service{
		Id:                turn.TextIn(t, "id"),
		CreatedAt:         turn.IntIn(t, "created_at"),
		UpdatedAt:         turn.IntIn(t, "updated_at"),
		Name:              turn.TextIn(t, "name"),
		Retries:           turn.IntIn(t, "retries"),
		Protocol:          turn.TextIn(t, "protocol"),
		Host:              turn.TextIn(t, "host"),
		Port:              turn.IntIn(t, "port"),
		Path:              turn.TextIn(t, "path"),
		ConnectTimeout:    turn.IntIn(t, "connect_timeout"),
		WriteTimeout:      turn.IntIn(t, "write_timeout"),
		ReadTimeout:       turn.IntIn(t, "read_timeout"),
		Tags:              turn.TextsIn(t, "tags"),
		ClientCertificate: entities.CertificateKey{Id: turn.IDIn(t, "client_certificate")},
	}, err
}
