-- Once, when the cluster is born.
CREATE DATABASE "orders";
