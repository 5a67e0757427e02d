"""Every kind of anomaly, declared where it belongs: one file a layer."""
