package kong_plugin_protocol

// Entities and the gateway's own figures. The JSON names are those of the gateway's tables.

// Consumer is who is authenticated.
type Consumer struct {
	Id        string   `json:"id,omitempty"`
	CreatedAt int64    `json:"created_at,omitempty"`
	Username  string   `json:"username,omitempty"`
	CustomId  string   `json:"custom_id,omitempty"`
	Tags      []string `json:"tags,omitempty"`
}

// AuthenticatedCredential is what a consumer was authenticated with.
type AuthenticatedCredential struct {
	Id         string `json:"id,omitempty"`
	ConsumerId string `json:"consumer_id,omitempty"`
}

// ServiceKey refers to a Service.
type ServiceKey struct {
	Id string `json:"id,omitempty"`
}

// CertificateKey refers to a certificate.
type CertificateKey struct {
	Id string `json:"id,omitempty"`
}

// Route is what a request was matched by.
type Route struct {
	Id                      string      `json:"id,omitempty"`
	CreatedAt               int64       `json:"created_at,omitempty"`
	UpdatedAt               int64       `json:"updated_at,omitempty"`
	Name                    string      `json:"name,omitempty"`
	Protocols               []string    `json:"protocols,omitempty"`
	Methods                 []string    `json:"methods,omitempty"`
	Hosts                   []string    `json:"hosts,omitempty"`
	Paths                   []string    `json:"paths,omitempty"`
	Headers                 []string    `json:"headers,omitempty"`
	HttpsRedirectStatusCode int32       `json:"https_redirect_status_code,omitempty"`
	RegexPriority           int32       `json:"regex_priority,omitempty"`
	StripPath               bool        `json:"strip_path,omitempty"`
	PreserveHost            bool        `json:"preserve_host,omitempty"`
	Snis                    []string    `json:"snis,omitempty"`
	Sources                 []string    `json:"sources,omitempty"`
	Destinations            []string    `json:"destinations,omitempty"`
	Tags                    []string    `json:"tags,omitempty"`
	Service                 *ServiceKey `json:"service,omitempty"`
}

// Service is what a request is proxied to.
type Service struct {
	Id                string          `json:"id,omitempty"`
	CreatedAt         int64           `json:"created_at,omitempty"`
	UpdatedAt         int64           `json:"updated_at,omitempty"`
	Name              string          `json:"name,omitempty"`
	Retries           int32           `json:"retries,omitempty"`
	Protocol          string          `json:"protocol,omitempty"`
	Host              string          `json:"host,omitempty"`
	Port              int32           `json:"port,omitempty"`
	Path              string          `json:"path,omitempty"`
	ConnectTimeout    int32           `json:"connect_timeout,omitempty"`
	WriteTimeout      int32           `json:"write_timeout,omitempty"`
	ReadTimeout       int32           `json:"read_timeout,omitempty"`
	Tags              []string        `json:"tags,omitempty"`
	ClientCertificate *CertificateKey `json:"client_certificate,omitempty"`
}

// MemoryStats is what the gateway uses, in bytes.
type MemoryStats struct {
	LuaSharedDicts *MemoryStats_LuaSharedDicts `json:"lua_shared_dicts,omitempty"`
	WorkersLuaVms  []*MemoryStats_WorkerLuaVm  `json:"workers_lua_vms,omitempty"`
}

// MemoryStats_LuaSharedDicts is what its caches use.
type MemoryStats_LuaSharedDicts struct {
	Kong        *MemoryStats_LuaSharedDicts_DictStats `json:"kong,omitempty"`
	KongDbCache *MemoryStats_LuaSharedDicts_DictStats `json:"kong_db_cache,omitempty"`
}

// MemoryStats_LuaSharedDicts_DictStats is what one cache uses.
type MemoryStats_LuaSharedDicts_DictStats struct {
	AllocatedSlabs int64 `json:"allocated_slabs,omitempty"`
	Capacity       int64 `json:"capacity,omitempty"`
}

// MemoryStats_WorkerLuaVm is what a worker uses.
type MemoryStats_WorkerLuaVm struct {
	HttpAllocatedGc int64 `json:"http_allocated_gc,omitempty"`
	Pid             int64 `json:"pid,omitempty"`
}
