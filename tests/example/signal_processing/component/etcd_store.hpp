#pragma once

#include <memory>

#include "object_store.hpp"

namespace signals {

bool is_etcd(const endpoint& where);

/// An etcd as the object store: the Kubernetes API server's own, asked by the JSON form of its API (v3), with the user and
/// the password of `where`. An object is the key `/registry/<namespace>/<kind>/<name>`, created by a transaction that
/// succeeds only where that key has no version.
std::unique_ptr<object_store> open_etcd(const endpoint& where);

/// The first user of an etcd that has none yet, who may do everything; from then on nobody else may do anything.
void protect_etcd(const endpoint& where);

/// How many keys are in it.
std::size_t keys_in_etcd(const endpoint& where);

}  // namespace signals
