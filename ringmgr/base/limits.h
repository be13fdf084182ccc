/*
 * Every bound on data from outside, each with its reason. A bound is met by an error that names it, never by
 * cutting the data short.
 */
#ifndef RINGMGR_BASE_LIMITS_H
#define RINGMGR_BASE_LIMITS_H

#include <stdint.h>

enum {
    /* s640.cab, the richest real cabinet, has 7 members; ofl.cab 2. */
    LIMIT_CAB_MEMBERS = 64,
    /* The longest real member name has 33 characters. */
    LIMIT_CAB_NAME_BYTES = 128,
    /* Certificates in one signature: real ones carry two, leaf and intermediate (formats, section 7). */
    LIMIT_SIGNATURE_CERTS = 8,
    /* Nesting of DER that is only checked for form: a timestamp's TSTInfo is six deep. */
    LIMIT_DER_DEPTH = 16,
    /* The trusted roots: two certificates in PEM, 4 KB; a whole system's bundle has 200 KB. */
    LIMIT_ROOTS_BYTES = 1 << 20,
    /* Release history and descriptors are three to five levels deep. */
    LIMIT_XML_DEPTH = 32,
    /* The richest real release history has some 120 rows, a descriptor some 40 elements. */
    LIMIT_XML_NODES = 20000,
    /* libxml2 compares each attribute of a tag with all before it. The richest real document has 1,000. */
    LIMIT_XML_EQUALS = 40000,
    /* A real file table has 10,023 files, a segment table 13,785 rows; streams grow. */
    LIMIT_STREAM_FILES = 1 << 20,
    LIMIT_STREAM_SEGMENTS = 1 << 20,
    /* Builds that one descriptor recalls: 11 in the longest real one. */
    LIMIT_EXPIRED_BUILDS = 1024,
    /* Rows of one release history: 0 to 36 a channel, 9 channels. */
    LIMIT_RELEASE_ROWS = 4096,
    /* A configuration written by people. */
    LIMIT_CONFIG_BYTES = 1 << 20,
    /* One file of support rules: ours has 6 KB. */
    LIMIT_SUPPORT_BYTES = 1 << 20,
    /* One line with a user and a password, for a proxy. */
    LIMIT_CREDENTIALS_BYTES = 1024,
    /* A template of a notice: Teams takes 28 KB. */
    LIMIT_TEMPLATE_BYTES = 64 << 10,
    /* A file with an address or a password: one line; or with an Ed25519 key in PEM, which has 120 bytes. */
    LIMIT_SECRET_BYTES = 4 << 10,
    /* inih cuts longer lines silently, so we refuse them (INI_MAX_LINE is 200). */
    LIMIT_CONFIG_LINE_BYTES = 199,
    /* inih cuts section names at 50 bytes, its terminating NUL among them. */
    LIMIT_CONFIG_SECTION_BYTES = 49,
    /* One path component on every Linux file system. */
    LIMIT_NAME_BYTES = 255,
    /* A reason that a person types. */
    LIMIT_REASON_BYTES = 1000,
    /* A command as the service's socket takes it: the longest has some 40 words, among them one reason. */
    LIMIT_MESSAGE_WORDS = 64,
    LIMIT_MESSAGE_BYTES = 16 << 10,
    /* What is posted to the page: an action, among it one reason. */
    LIMIT_WEB_BODY_BYTES = 16 << 10,
    /* What a command answers for the page: the history of a quarter has some hundred kilobytes. */
    LIMIT_WEB_ANSWER_BYTES = 8 << 20,
    /* Languages: Microsoft has 105; a ring cannot want more. */
    LIMIT_LANGUAGES = 128,
    /* Redirects within one host: a CDN needs none. */
    LIMIT_HTTP_REDIRECTS = 5,
    /*
     * All header and trailer lines of one answer, of every 1xx before it, too: a CDN sends 1 KB. libcurl 7.88
     * bounds the header alone (300 KiB) and keeps every trailer line in memory.
     */
    LIMIT_HTTP_HEAD_BYTES = 256 << 10,
    /* Of the delimiter in a multipart/byteranges body (RFC 2046, 5.1.1). */
    LIMIT_MULTIPART_BOUNDARY_BYTES = 70,
    /* One header line of a part in it: a Content-Range has 70 bytes. */
    LIMIT_MULTIPART_LINE_BYTES = 1024,
    /* All header lines of one part, where servers send two; also the preamble, and what follows the last. */
    LIMIT_MULTIPART_HEAD_BYTES = 4096,
    /* A configuration.xml: with a setting for every policy of Office it has 2,500 elements of 6 attributes.
     */
    LIMIT_ODT_ELEMENTS = 4000,
    LIMIT_ODT_ATTRIBUTES = 24000,
    /* It has none at all, and each is compared with all others. */
    LIMIT_ODT_NAMESPACES = 100,
    /* Values of one .reg file or Registry.pol: all policies of office16.admx together have some 2,200. */
    LIMIT_REGISTRY_ENTRIES = 20000,
    /* Findings of one such file: nobody reads more, and behind so many it is another kind of file. */
    LIMIT_REGISTRY_FINDINGS = 100,
    /* A registry key, which each of its values names: parts of 255 characters, 512 deep in theory; policies
     * have some 100 bytes. */
    LIMIT_REGISTRY_KEY_BYTES = 4096,
    /* Data and name of one value in a Registry.pol (MS-GPREG 2.2.1). */
    LIMIT_POL_DATA_BYTES = 65535,
    LIMIT_POL_NAME_UNITS = 259,
    /* A file list: 105 languages × 8 files × 2 architectures, doubled. */
    LIMIT_FILE_LIST = 4096,
};

/* One line of some 100 bytes for each entry of the history, for decades. */
static const uint64_t LIMIT_HEAD_FILE_BYTES = (uint64_t)64 << 20;
/* A state: some 4 KB a build and ring, some 500 bytes an entry of the history, for decades. It is read whole.
 */
static const uint64_t LIMIT_BACKUP_BYTES = (uint64_t)512 << 20;
/* A ring manifest: some 200 bytes a file, of which LIMIT_FILE_LIST is the most. */
static const uint64_t LIMIT_MANIFEST_BYTES = (uint64_t)2 << 20;
/* A configuration.xml has 5 KB; exports of a whole policy hive reach some MB. */
static const uint64_t LIMIT_LINT_BYTES = (uint64_t)16 << 20;
/* '=' times '<' in an XML document: libxml2 compares each tag with all namespaces that it is in. A
 * configuration.xml of LIMIT_ODT_ELEMENTS and LIMIT_ODT_ATTRIBUTES has a tenth. */
static const uint64_t LIMIT_XML_COMPARISONS = 2000000000;
/* v64.cab is 10 to 17 KB, releasehistory.cab 13 KB, ofl.cab 19 KB. */
static const uint64_t LIMIT_METADATA_BYTES = (uint64_t)4 << 20;
/* i640.cab is 25 MB, s640.cab 2.1 MB; no signed cabinet of a build is near this. */
static const uint64_t LIMIT_CABINET_BYTES = (uint64_t)256 << 20;
/* All members of one cabinet together, read or not: i640.cab unpacks to less than 100 MB. */
static const uint64_t LIMIT_CAB_UNPACKED_BYTES = (uint64_t)1 << 30;
/* One unpacked member that is read into memory: stream.x64.x-none.man.dat has 3.4 MB. */
static const uint64_t LIMIT_CAB_MEMBER_BYTES = (uint64_t)64 << 20;
/* A .cat has 31 to 641 KB. */
static const uint64_t LIMIT_CATALOG_BYTES = (uint64_t)16 << 20;
/* u32 offsets in the segment table: a stream above 4 GiB cannot be described (formats, section 4). */
static const uint64_t LIMIT_STREAM_BYTES = UINT32_MAX;
/* An unpacked segment is at most 8 MiB; stored it may be a little longer (formats, section 4). */
static const uint64_t LIMIT_SEGMENT_BYTES = (uint64_t)9 << 20;

#endif
