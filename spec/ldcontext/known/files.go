package known

import _ "embed"

//go:embed credentials-v1.jsonld
var credentialsV1 []byte

//go:embed credentials-v2.jsonld
var credentialsV2 []byte

//go:embed undefined-terms-v2.jsonld
var undefinedTermsV2 []byte

//go:embed examples-v1.jsonld
var examplesV1 []byte

//go:embed examples-v2.jsonld
var examplesV2 []byte

//go:embed status-v1.jsonld
var statusV1 []byte

//go:embed status-list-2021-v1.jsonld
var statusList2021V1 []byte

//go:embed did-v1.jsonld
var didV1 []byte

//go:embed security-v1.jsonld
var securityV1 []byte

//go:embed security-v2.jsonld
var securityV2 []byte

//go:embed multikey-v1.jsonld
var multikeyV1 []byte

//go:embed data-integrity-v1.jsonld
var dataIntegrityV1 []byte

//go:embed data-integrity-v2.jsonld
var dataIntegrityV2 []byte

//go:embed ed25519-2018-v1.jsonld
var ed255192018V1 []byte

//go:embed ed25519-2020-v1.jsonld
var ed255192020V1 []byte

//go:embed secp256k1-2019-v1.jsonld
var secp256k12019V1 []byte

//go:embed jws-2020-v1.jsonld
var jws2020V1 []byte

//go:embed presentation-submission-v1.jsonld
var presentationSubmissionV1 []byte

//go:embed did-configuration-v1.jsonld
var didConfigurationV1 []byte

//go:embed citizenship-v1.jsonld
var citizenshipV1 []byte

//go:embed citizenship-v4rc1.jsonld
var citizenshipV4rc1 []byte

//go:embed open-badges-3.0.3.jsonld
var openBadges303 []byte

//go:embed odrl.jsonld
var odrl []byte
