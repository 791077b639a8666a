package client

import (
	"github.com/Kong/go-pdk/bridge"
)

// TLS holds the functions about the client's certificate, as kong.ClientTLS. go-pdk has none of them.
type TLS struct {
	bridge.PdkBridge
}

// RequestClientCertificate asks the client for its certificate during the handshake; the error says why that is not possible.
//
// Phases: certificate. Asks the gateway.
func (t TLS) RequestClientCertificate() error {
	return bridge.Of(t.PdkBridge).AskDone("kong.client.tls.request_client_certificate")
}

// DisableSessionReuse makes the client shake hands anew for each connection.
//
// Phases: certificate. Asks the gateway.
func (t TLS) DisableSessionReuse() error {
	return bridge.Of(t.PdkBridge).AskDone("kong.client.tls.disable_session_reuse")
}

// GetFullClientCertificateChain gives the client's certificate and those above it, in PEM; "" where it sent none.
//
// Phases: rewrite, access, response, header_filter, body_filter, log. Asks the gateway.
func (t TLS) GetFullClientCertificateChain() (string, error) {
	return bridge.Of(t.PdkBridge).AskText("kong.client.tls.get_full_client_certificate_chain")
}

// SetClientVerify sets what $ssl_client_verify shows: "SUCCESS", "NONE" or "FAILED:reason".
//
// Phases: rewrite, access. Written.
func (t TLS) SetClientVerify(verdict string) error {
	return bridge.Of(t.PdkBridge).Write("kong.client.tls.set_client_verify", verdict)
}
