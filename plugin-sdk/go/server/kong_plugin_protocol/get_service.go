package kong_plugin_protocol

// Getters of Service, as protoc makes them: of a nil message they give zero.

func (x *Service) GetId() (v string) {
	if x != nil {
		v = x.Id
	}
	return v
}

func (x *Service) GetCreatedAt() (v int64) {
	if x != nil {
		v = x.CreatedAt
	}
	return v
}

func (x *Service) GetUpdatedAt() (v int64) {
	if x != nil {
		v = x.UpdatedAt
	}
	return v
}

func (x *Service) GetName() (v string) {
	if x != nil {
		v = x.Name
	}
	return v
}

func (x *Service) GetRetries() (v int32) {
	if x != nil {
		v = x.Retries
	}
	return v
}

func (x *Service) GetProtocol() (v string) {
	if x != nil {
		v = x.Protocol
	}
	return v
}

func (x *Service) GetHost() (v string) {
	if x != nil {
		v = x.Host
	}
	return v
}

func (x *Service) GetPort() (v int32) {
	if x != nil {
		v = x.Port
	}
	return v
}

func (x *Service) GetPath() (v string) {
	if x != nil {
		v = x.Path
	}
	return v
}

func (x *Service) GetConnectTimeout() (v int32) {
	if x != nil {
		v = x.ConnectTimeout
	}
	return v
}

func (x *Service) GetWriteTimeout() (v int32) {
	if x != nil {
		v = x.WriteTimeout
	}
	return v
}

func (x *Service) GetReadTimeout() (v int32) {
	if x != nil {
		v = x.ReadTimeout
	}
	return v
}

func (x *Service) GetTags() (v []string) {
	if x != nil {
		v = x.Tags
	}
	return v
}

func (x *Service) GetClientCertificate() (v *CertificateKey) {
	if x != nil {
		v = x.ClientCertificate
	}
	return v
}
