package kong_plugin_protocol

// Getters of Route, as protoc makes them: of a nil message they give zero.

func (x *Route) GetId() (v string) {
	if x != nil {
		v = x.Id
	}
	return v
}

func (x *Route) GetCreatedAt() (v int64) {
	if x != nil {
		v = x.CreatedAt
	}
	return v
}

func (x *Route) GetUpdatedAt() (v int64) {
	if x != nil {
		v = x.UpdatedAt
	}
	return v
}

func (x *Route) GetName() (v string) {
	if x != nil {
		v = x.Name
	}
	return v
}

func (x *Route) GetProtocols() (v []string) {
	if x != nil {
		v = x.Protocols
	}
	return v
}

func (x *Route) GetMethods() (v []string) {
	if x != nil {
		v = x.Methods
	}
	return v
}

func (x *Route) GetHosts() (v []string) {
	if x != nil {
		v = x.Hosts
	}
	return v
}

func (x *Route) GetPaths() (v []string) {
	if x != nil {
		v = x.Paths
	}
	return v
}

func (x *Route) GetHeaders() (v []string) {
	if x != nil {
		v = x.Headers
	}
	return v
}

func (x *Route) GetHttpsRedirectStatusCode() (v int32) {
	if x != nil {
		v = x.HttpsRedirectStatusCode
	}
	return v
}

func (x *Route) GetRegexPriority() (v int32) {
	if x != nil {
		v = x.RegexPriority
	}
	return v
}

func (x *Route) GetStripPath() (v bool) {
	if x != nil {
		v = x.StripPath
	}
	return v
}

func (x *Route) GetPreserveHost() (v bool) {
	if x != nil {
		v = x.PreserveHost
	}
	return v
}

func (x *Route) GetSnis() (v []string) {
	if x != nil {
		v = x.Snis
	}
	return v
}

func (x *Route) GetSources() (v []string) {
	if x != nil {
		v = x.Sources
	}
	return v
}

func (x *Route) GetDestinations() (v []string) {
	if x != nil {
		v = x.Destinations
	}
	return v
}

func (x *Route) GetTags() (v []string) {
	if x != nil {
		v = x.Tags
	}
	return v
}

func (x *Route) GetService() (v *ServiceKey) {
	if x != nil {
		v = x.Service
	}
	return v
}
