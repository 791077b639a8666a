// Package entities has the shapes of Kong's entities, as the PDK gives them.
//
// A field that the entity does not have is zero. Times are seconds of the epoch, timeouts milliseconds.
package entities

// Consumer is who is authenticated.
type Consumer struct {
	Id        string   `json:"id"`
	CreatedAt int      `json:"created_at"`
	Username  string   `json:"username"`
	CustomId  string   `json:"custom_id"`
	Tags      []string `json:"tags"`
}

// CertificateKey refers to a certificate.
type CertificateKey struct {
	Id string `json:"id"`
}

// Service is what a request is proxied to.
type Service struct {
	Id                string         `json:"id"`
	CreatedAt         int            `json:"created_at"`
	UpdatedAt         int            `json:"updated_at"`
	Name              string         `json:"name"`
	Retries           int            `json:"retries"`
	Protocol          string         `json:"protocol"`
	Host              string         `json:"host"`
	Port              int            `json:"port"`
	Path              string         `json:"path"`
	ConnectTimeout    int            `json:"connect_timeout"`
	WriteTimeout      int            `json:"write_timeout"`
	ReadTimeout       int            `json:"read_timeout"`
	Tags              []string       `json:"tags"`
	ClientCertificate CertificateKey `json:"client_certificate"`
}

// ServiceKey refers to a Service.
type ServiceKey struct {
	Id string `json:"id"`
}

// Route is what a request was matched against.
//
// Headers, Sources and Destinations are tables in Kong and have no text form: they are empty, as in go-pdk.
type Route struct {
	Id                      string     `json:"id"`
	CreatedAt               int        `json:"created_at"`
	UpdatedAt               int        `json:"updated_at"`
	Name                    string     `json:"name"`
	Protocols               []string   `json:"protocols"`
	Methods                 []string   `json:"methods"`
	Hosts                   []string   `json:"hosts"`
	Paths                   []string   `json:"paths"`
	Headers                 []string   `json:"headers"`
	HTTPSRedirectStatusCode int        `json:"https_redirect_status_code"`
	RegexPriority           int        `json:"regex_priority"`
	StripPath               bool       `json:"strip_path"`
	PreserveHost            bool       `json:"preserve_host"`
	SNIs                    []string   `json:"snis"`
	Sources                 []string   `json:"sources"`
	Destinations            []string   `json:"destinations"`
	Tags                    []string   `json:"tags"`
	Service                 ServiceKey `json:"service"`
}
