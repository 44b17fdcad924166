//! Planning: the topology becomes a [`Plan`](crate::model::Plan).
