import { describeConformance } from '../describe.ts';
import { fauxqsService, ownService } from '../subjects/s3-local.ts';
import { s3ServerSubject } from '../subjects/s3-servers.ts';
import { s3ServerChecks } from './suite.ts';

/** Why a test that needs one of these cannot run on it. */
const LACKS_OF_FAUXQS = {
  'refuses bytes that are not those of their checksum': 'it looks at none',
  'refuses whoever it does not know, and whoever cannot sign': 'it lets everybody in',
  'puts an object only if there is none, when it is asked to': 'it knows no conditions of writes',
  'lets one of several writers win who all want to be the first': 'it knows no conditions of writes',
  'puts an object only in the place of the one that its writer knows, when it is asked to':
    'it knows no conditions of writes',
  'completes an upload only if there is no object, when it is asked to': 'it knows no conditions of writes',
  'forgets an upload that is aborted, and says that there is none': 'it takes ListParts for a read of the object',
  'lists the parts of an upload, page by page': 'it takes ListParts for a read of the object',
  'lists the uploads that are open, by the beginning of their keys': 'it lists none',
  'lists every key once, in the order of its UTF-8 bytes, on pages of any size': 'it orders them as a dictionary does',
  'copies only the version that it is asked for, and not what is not there': 'it knows no conditions of copies',
};

describe('every S3 server', () => {
  describeConformance(s3ServerChecks, s3ServerSubject('our S3 server', ownService));
  describeConformance(s3ServerChecks, s3ServerSubject('fauxqs', fauxqsService, { lacks: LACKS_OF_FAUXQS }));
});
