// Package client tells who sent the request: addresses, consumer, credential.
package client

import (
	"errors"

	"github.com/Kong/go-pdk/bridge"
	"github.com/Kong/go-pdk/entities"
	"github.com/Kong/go-pdk/internal/turn"
	"github.com/Kong/go-pdk/internal/wire"
)

// Client holds this module's functions, as kong.Client.
type Client struct {
	bridge.PdkBridge
}

// AuthenticatedCredential is what a consumer was authenticated with. ConsumerId is empty for the credentials of Kong's own
// plugins, which refer to their consumer in another way.
type AuthenticatedCredential struct {
	Id         string `json:"id"`
	ConsumerId string `json:"consumer_id"`
}

// GetIp gives the address of who connected to the gateway: a load balancer's where there is one in front.
//
// Phases: all but init_worker. From the snapshot.
func (c Client) GetIp() (ip string, err error) {
	return bridge.Of(c.PdkBridge).Text(turn.ClientIP)
}

// GetForwardedIp gives the address of the client, as trusted proxies in front report it (trusted_ips, real_ip_header,
// real_ip_recursive).
//
// Phases: all but init_worker. From the snapshot.
func (c Client) GetForwardedIp() (string, error) {
	return bridge.Of(c.PdkBridge).Text(turn.ClientForwardedIP)
}

// GetPort gives the port of who connected to the gateway.
//
// Phases: all but init_worker. From the snapshot.
func (c Client) GetPort() (int, error) {
	return bridge.Of(c.PdkBridge).Number(turn.ClientPort)
}

// GetForwardedPort gives the port of the client, as trusted proxies in front report it; 0 where it is not known.
//
// Phases: all but init_worker. From the snapshot.
func (c Client) GetForwardedPort() (int, error) {
	return bridge.Of(c.PdkBridge).Number(turn.ClientForwardedPort)
}

// GetCredential gives the credential of the authenticated consumer, a zero one where nobody is authenticated.
//
// Phases: access, response, header_filter, body_filter, log. From the snapshot.
func (c Client) GetCredential() (cred AuthenticatedCredential, err error) {
	table, err := bridge.Of(c.PdkBridge).Entity(wire.KindCredential)
	return AuthenticatedCredential{turn.TextIn(table, "id"), turn.TextIn(table, "consumer_id")}, err
}

// GetConsumer gives the authenticated consumer, a zero one where nobody is authenticated.
//
// Phases: access, response, header_filter, body_filter, log. From the snapshot.
func (c Client) GetConsumer() (consumer entities.Consumer, err error) {
	table, err := bridge.Of(c.PdkBridge).Entity(wire.KindConsumer)
	return consumerOf(table), err
}

// LoadConsumer looks a consumer up by its id and, if asked, by its username; a zero one where there is none.
//
// Phases: access, response, header_filter, body_filter, log. Asks the gateway.
func (c Client) LoadConsumer(consumer_id string, by_username bool) (consumer entities.Consumer, err error) {
	value, _, err := bridge.Of(c.PdkBridge).Call("kong.client.load_consumer", consumer_id, by_username)
	table, _ := value.(map[string]any)
	return consumerOf(table), err
}

func consumerOf(table map[string]any) entities.Consumer {
	return entities.Consumer{
		Id:        turn.TextIn(table, "id"),
		CreatedAt: turn.IntIn(table, "created_at"),
		Username:  turn.TextIn(table, "username"),
		CustomId:  turn.TextIn(table, "custom_id"),
		Tags:      turn.TextsIn(table, "tags"),
	}
}

// Authenticate makes a consumer, a credential or both those of the request. One of them must be given, or it is an error
// and nothing is done.
//
// Phases: access. Written.
func (c Client) Authenticate(consumer *entities.Consumer, credential *AuthenticatedCredential) error {
	if consumer == nil && credential == nil {
		return errors.New("either credential or consumer must be provided")
	}
	var who, what any
	if consumer != nil {
		who = consumerTable(consumer)
	}
	if credential != nil {
		what = map[string]any{"id": credential.Id, "consumer_id": credential.ConsumerId}
	}
	return bridge.Of(c.PdkBridge).Write("kong.client.authenticate", who, what)
}

// consumerTable has every field, as the messages of Kong's own protocol do.
func consumerTable(c *entities.Consumer) map[string]any {
	table := map[string]any{
		"id": c.Id, "created_at": c.CreatedAt, "username": c.Username, "custom_id": c.CustomId,
	}
	if len(c.Tags) > 0 {
		table["tags"] = c.Tags
	}
	return table
}

// GetProtocol gives the protocol of the matched route that the request came by: "http", "https", "grpc", ...; "" where no
// route has matched. allow_terminated: trust X-Forwarded-Proto of a trusted proxy that has ended TLS.
//
// Phases: access, response, header_filter, body_filter, log. Asks the gateway.
func (c Client) GetProtocol(allow_terminated bool) (string, error) {
	return bridge.Of(c.PdkBridge).AskText("kong.client.get_protocol", allow_terminated)
}
