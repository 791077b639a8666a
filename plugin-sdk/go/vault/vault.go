// Package vault reads secrets that the gateway keeps. go-pdk has none of it.
package vault

import (
	"github.com/Kong/go-pdk/bridge"
)

// Vault holds this module's functions, as kong.Vault. Phases: all. All of them ask the gateway.
type Vault struct {
	bridge.PdkBridge
}

// IsReference says whether a text has the form of a reference, "{vault://env/my-secret}".
func (v Vault) IsReference(reference string) (bool, error) {
	return bridge.Of(v.PdkBridge).AskBool("kong.vault.is_reference", reference)
}

// ParseReference gives the parts of a reference: name, resource, key, config, version. The error says why it is none.
func (v Vault) ParseReference(reference string) (map[string]interface{}, error) {
	return bridge.Of(v.PdkBridge).AskTable("kong.vault.parse_reference", reference)
}

// Get gives the secret of a reference. The error says why there is none.
func (v Vault) Get(reference string) (string, error) {
	secret, err := bridge.Of(v.PdkBridge).AskBytes("kong.vault.get", reference)
	return string(secret), err
}
