package kong_plugin_protocol

// Getters of Consumer, credentials, references and figures, as protoc makes them: of a nil message they give zero.

func (x *Consumer) GetId() (v string) {
	if x != nil {
		v = x.Id
	}
	return v
}

func (x *Consumer) GetCreatedAt() (v int64) {
	if x != nil {
		v = x.CreatedAt
	}
	return v
}

func (x *Consumer) GetUsername() (v string) {
	if x != nil {
		v = x.Username
	}
	return v
}

func (x *Consumer) GetCustomId() (v string) {
	if x != nil {
		v = x.CustomId
	}
	return v
}

func (x *Consumer) GetTags() (v []string) {
	if x != nil {
		v = x.Tags
	}
	return v
}

func (x *AuthenticatedCredential) GetId() (v string) {
	if x != nil {
		v = x.Id
	}
	return v
}

func (x *AuthenticatedCredential) GetConsumerId() (v string) {
	if x != nil {
		v = x.ConsumerId
	}
	return v
}

func (x *ServiceKey) GetId() (v string) {
	if x != nil {
		v = x.Id
	}
	return v
}

func (x *CertificateKey) GetId() (v string) {
	if x != nil {
		v = x.Id
	}
	return v
}

func (x *MemoryStats) GetLuaSharedDicts() (v *MemoryStats_LuaSharedDicts) {
	if x != nil {
		v = x.LuaSharedDicts
	}
	return v
}

func (x *MemoryStats) GetWorkersLuaVms() (v []*MemoryStats_WorkerLuaVm) {
	if x != nil {
		v = x.WorkersLuaVms
	}
	return v
}

func (x *MemoryStats_LuaSharedDicts) GetKong() (v *MemoryStats_LuaSharedDicts_DictStats) {
	if x != nil {
		v = x.Kong
	}
	return v
}

func (x *MemoryStats_LuaSharedDicts) GetKongDbCache() (v *MemoryStats_LuaSharedDicts_DictStats) {
	if x != nil {
		v = x.KongDbCache
	}
	return v
}

func (x *MemoryStats_LuaSharedDicts_DictStats) GetAllocatedSlabs() (v int64) {
	if x != nil {
		v = x.AllocatedSlabs
	}
	return v
}

func (x *MemoryStats_LuaSharedDicts_DictStats) GetCapacity() (v int64) {
	if x != nil {
		v = x.Capacity
	}
	return v
}

func (x *MemoryStats_WorkerLuaVm) GetHttpAllocatedGc() (v int64) {
	if x != nil {
		v = x.HttpAllocatedGc
	}
	return v
}

func (x *MemoryStats_WorkerLuaVm) GetPid() (v int64) {
	if x != nil {
		v = x.Pid
	}
	return v
}
