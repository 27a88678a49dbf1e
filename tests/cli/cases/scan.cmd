# fixture: x86_64/01-interpreter app
# A tree, from the folder and from an archive of it: report, Dockerfile, what is wrong.
mkdir -p root/etc root/opt/app root/var/lib/dpkg/info root/usr/bin
cp app/bin/* root/opt/app/
printf 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n' >root/etc/os-release
printf 'Package: curl\nStatus: install ok installed\nPriority: optional\nArchitecture: amd64\nVersion: 7.88.1-10\n\nPackage: no-such-package\nStatus: install ok installed\nPriority: optional\nArchitecture: amd64\nVersion: 1\n' >root/var/lib/dpkg/status
printf '/.\n/usr\n/usr/bin\n/usr/bin/curl\n' >root/var/lib/dpkg/info/curl.list
printf '/.\n' >root/var/lib/dpkg/info/no-such-package.list
printf '#!/bin/sh\nexit 0\n' >root/usr/bin/curl
printf '#!/bin/bash\nsystemctl start x\ncurl -f http://127.0.0.1/ | grep -P x\n' >root/opt/app/start
chmod 755 root/usr/bin/curl root/opt/app/*
muslin scan -t alpine:3.22 --fail-on never root
muslin scan -t alpine:3.22 -q --fail-on warning root >/dev/null || echo "exit $?"
muslin scan -t alpine:3.22 --emit-dockerfile=Dockerfile -o report --fail-on never root
cat Dockerfile
tar cf - -C root . | muslin scan -t alpine:3.22 --fail-on never - | head -3
muslin scan nowhere || echo "exit $?"
printf 'no archive\n' | muslin scan - || echo "exit $?"
muslin scan || echo "exit $?"
muslin scan root other || echo "exit $?"
muslin scan -f tree root || echo "exit $?"
