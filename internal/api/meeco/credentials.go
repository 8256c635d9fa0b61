package meeco

import (
	"github.com/chancery-vc/chancery/internal/access"
)

// credentials are the routes of credentials.
func (d *Door) credentials() []line {
	return []line{
		{get, "/credentials", "credentialsControllerFindAll", headerRequired, access.CredentialRead, here, d.notOffered},
		{post, "/credentials/generate", "credentialsControllerGenerate", headerRequired, access.CredentialIssue, here, d.notOffered},
		{post, "/credentials/issue", "issueCredential", headerRequired, access.CredentialIssue, here, d.notOffered},
		{post, "/credentials/status", "credentialStatusControllerUpdate", headerRequired, access.CredentialStatus, here, d.notOffered},
		{post, "/credentials/verify", "credentialsControllerVerify", headerOptional, access.CredentialVerify, here, d.notOffered},
		{get, "/credentials/{id}", "credentialsControllerFindOne", headerRequired, access.CredentialRead, here, d.notOffered},
	}
}
