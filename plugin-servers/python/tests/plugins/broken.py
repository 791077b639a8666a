raise ImportError("needs something that is not here")
