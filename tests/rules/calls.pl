# Rule: calls that are never made, or only in one place.
#
#   perl calls.pl TREE
#
# Each ban names the calls, why, and where they may stand after all, with the reason. Tests are free.
use strict;
use warnings;
use Tree;

my @BANS = (
    { calls => [qw(strcpy strcat stpcpy sprintf vsprintf gets)],
      why => 'writes without knowing how much room there is', except => {} },
    { calls => [qw(strtok mktemp tempnam tmpnam tmpfile alloca)],
      why => 'hidden state, a guessable name or an unbounded stack', except => {} },
    { calls => [qw(system popen)], why => 'a shell', except => {} },
    { calls => [qw(open fopen freopen creat opendir scandir rename unlink rmdir remove mkdir mknod mkfifo chmod
                   chown lchown stat lstat access truncate link symlink readlink realpath chdir mkdtemp mkstemp
                   utimes nftw fts_open AT_FDCWD)],
      why => 'files are named relative to a directory descriptor',
      except => {
          'ringmgr/base/fs.c' => 'opens the configured folders, once',
          'ringmgr/base/sandbox.c' => 'names what can still be opened',
          'ringmgr/base/process.c' => 'opens /dev/null before there is any folder',
          'ringmgr/base/zone.c' => 'the name of the machine\'s zone is where /etc/localtime leads',
          'ringmgr/fetch/local.c' => 'an origin at a file address: any path, nothing of ours',
          'ringmgr/ops/distribute_place.c' => 'compares where configured folders really are, and opens nothing',
          'ringmgr/state/people.c' => 'the kernel says who is logged in under a fixed path of /proc',
          'ringmgr/state/journal.c' => 'history_head_file is a path of its own, outside the state',
          'ringmgr/app/' => 'opens the configuration and what the command line names',
      } },
    { calls => [qw(renameat renameat2)], why => 'replacing a file durably is one function, fs_replace_file',
      except => {
          'ringmgr/base/fs.c' => 'is that function',
          'ringmgr/store/' => 'quarantine to store',
          'shares/' => 'staging folder to build folder, folder to trash',
      } },
    { calls => [qw(exit _exit quick_exit)], why => 'only the program ends the program',
      except => { 'ringmgr/app/main.c' => 'is the program', 'ringmgr/base/library.c' => 'an installation without its libraries' } },
    { calls => [qw(abort)], why => 'a failure is a value',
      except => {
          'ringmgr/base/mem.c' => 'no memory',
          'ringmgr/base/fs.c' => 'no randomness from the kernel',
          'ringmgr/base/digest.c' => 'OpenSSL without memory or SHA-256',
          'ringmgr/base/ed25519.c' => 'OpenSSL without memory or Ed25519',
          'ringmgr/base/json.c' => 'jansson without memory',
          'ringmgr/base/xml.c' => 'libxml2 without memory',
          'ringmgr/fetch/curl.c' => 'libcurl without memory',
          'ringmgr/fetch/curl_wire.c' => 'libcurl without memory',
          'ringmgr/state/journal_intent.c' => 'no randomness from the kernel',
      } },
    { calls => [qw(printf vprintf puts putchar dprintf stdout STDOUT_FILENO)],
      why => 'standard output carries results, and only app/ has any',
      except => { 'ringmgr/app/' => 'has them', 'ringmgr/base/errand_child.c' => 'names that of a program' } },
    { calls => [qw(fork vfork posix_spawn posix_spawnp execv execve execvp execl execlp)],
      why => 'processes are started by app/, and where a program is driven',
      except => { 'ringmgr/app/' => 'starts them', 'ringmgr/base/errand_child.c' => 'drives programs' } },
    { calls => [qw(pthread_create thrd_create)], why => 'threads live in two places',
      except => {
          'ringmgr/base/hashpool.c' => 'hashes with all cores',
          'ringmgr/fetch/transfer.c' => 'writes while it receives',
      } },
    { calls => [qw(time gettimeofday clock_gettime localtime gmtime)],
      why => 'the time is a value, asked for in base/clock; the thread-unsafe forms nowhere',
      except => {
          'ringmgr/base/clock.c' => 'asks',
          'ringmgr/base/log.c' => 'stamps lines',
          'ringmgr/base/hashpool.c' => 'measures how fast it reads',
          'ringmgr/base/errand.c' => 'measures how long a program takes',
          'ringmgr/fetch/' => 'measures how long a transfer stalls',
          'ringmgr/state/lock.c' => 'measures how long it waits',
          'ringmgr/app/' => 'measures what it reports',
      } },
);

my ($tree) = @ARGV;

sub excepted {
    my ($ban, $file) = @_;
    return grep { $file eq $_ || (m{/$} && index($file, $_) == 0) } keys %{ $ban->{except} };
}

# Calls, but not of a member; and words, which are all capitals or a stream.
my (%ban_of, @calls, @words);
for my $ban (@BANS) {
    $ban_of{$_} = $ban for @{ $ban->{calls} };
    push @{ /^[A-Z_]+$|^stdout$/ ? \@words : \@calls }, $_ for @{ $ban->{calls} };
}
my ($calls, $words) = (join("|", @calls), join("|", @words));
my $BANNED = qr/(?<![\w.>])(?:($calls)\s*\(|($words)\b)/;

my @found;
for my $file (room_files($tree)) {
    my $line = 0;
    for my $text (split /\n/, code(slurp("$tree/$file"))) {
        $line++;
        while ($text =~ /$BANNED/g) {
            my $name = defined $1 ? $1 : $2;
            push @found, "$file:$line: $name: $ban_of{$name}{why}" if !excepted($ban_of{$name}, $file);
        }
    }
}
report('calls', @found);
