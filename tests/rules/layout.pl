# Rule: what lies where, and what no tracked file says.
#
#   perl layout.pl TREE
#
# The top level has the agreed entries and dot files only. No file names a path of the machine that it was
# written on, nor the host of a package registry: packages come from wherever the machine's own configuration
# says. Shell scripts can be read by the shell that their first line names.
use strict;
use warnings;
use Tree;

my $TOP = qr{^(?:ringmgr|config|shares|tests|CMakeLists\.txt|CMakePresets\.json|README\.md|LICENSE|\..+)$};
my $MACHINE = qr{(?<![-\w./\}*])/(?:work|root|home)/};
my $REGISTRY = qr{\b(?:deb|security|snapshot|ftp)\.debian\.org|\bpypi\.org|\bpythonhosted\.org
                  |\bregistry\.npmjs\.org|\bcrates\.io|\bproxy\.golang\.org|\brubygems\.org
                  |\b(?:docker|ghcr|quay)\.io\b}x;

my ($tree) = @ARGV;
my (@found, %top);

sub check_text {
    my ($file) = @_;
    my $line = 0;
    for (split /\n/, slurp("$tree/$file")) {
        $line++;
        push @found, "$file:$line: a path of this machine: $&" if $_ =~ $MACHINE;
        push @found, "$file:$line: the host of a package registry: $&" if $_ =~ $REGISTRY;
    }
}

sub check_shell {
    my ($file) = @_;
    my ($shell) = slurp("$tree/$file") =~ m{\A#!\s*(?:/usr/bin/env\s+|/bin/)(bash|sh)\b};
    $shell ||= $file =~ /\.bash$/ ? 'bash' : $file =~ /\.sh$/ ? 'sh' : return;
    my $said = qx{$shell -n '$tree/$file' 2>&1};
    push @found, "$file: $shell cannot read it: $said" if $?;
}

for my $file (files($tree)) {
    my ($entry) = split m{/}, $file;
    push @found, "$entry: not one of the agreed entries of the top level" if $entry !~ $TOP && !$top{$entry}++;
    next if !-T "$tree/$file";
    check_text($file);
    check_shell($file);
}
report('layout', @found);
