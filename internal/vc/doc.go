// Package vc holds the nouns of Chancery: tenants and organisations, schemas and credential types,
// identities, credentials, status lists, events and errors.
//
// The nouns carry no tags and import only the standard library. How a noun looks on a wire is its door's
// business, how it is stored is the store's.
//
// Names follow the Verifiable Credentials Data Model 2.0, DID Core and Bitstring Status List 1.0.
package vc
