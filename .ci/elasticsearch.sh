# Elasticsearch from Maven's repository, on a JDK that this machine has, as a user without rights.
version=9.5.0
oldest=21
plugin=org.apache.maven.plugins:maven-dependency-plugin:3.6.1
artifact=org.elasticsearch.distribution.integ-test-zip:elasticsearch:$version:zip

# The newest whole JDK; Elasticsearch needs a module that cut-down ones lack.
java_home=
newest=0
for candidate in "${JAVA_HOME:-}" /usr/lib/jvm/*; do
    [ -x "$candidate/bin/java" ] || continue
    release=$("$candidate/bin/java" -XshowSettings:properties -version 2>&1 |
        sed -n 's/^ *java.specification.version = //p')
    [ "${release%%.*}" -ge "$oldest" ] && [ "${release%%.*}" -gt "$newest" ] || continue
    "$candidate/bin/java" --list-modules | grep -q '^jdk.incubator.vector' || continue
    java_home=$candidate newest=${release%%.*}
done
[ -n "$java_home" ] || fail "Elasticsearch $version needs a JDK of $oldest or newer, and there is none here"
command -v mvn >/dev/null || fail "Elasticsearch comes by Maven, and there is no mvn here"

folder=$scratch/elasticsearch
mkdir "$folder"
mvn -q -B "$plugin:copy" -Dartifact="$artifact" -DoutputDirectory="$folder" >"$scratch/maven.log" 2>&1 ||
    { tail -n 40 "$scratch/maven.log" >&2; fail "Elasticsearch $version cannot be had"; }
python3 -m zipfile -e "$folder"/*.zip "$folder"
rm "$folder"/*.zip
server=$folder/elasticsearch-$version
chmod +x "$server"/bin/*

port=$(free_port)
cat >"$server/config/elasticsearch.yml" <<SETTINGS
cluster.name: portal-ci-$port
discovery.type: single-node
network.host: 127.0.0.1
http.port: $port
transport.port: $(free_port)
xpack.security.enabled: false
cluster.routing.allocation.disk.threshold_enabled: false
SETTINGS
id portal-ci >/dev/null 2>&1 || useradd --system --no-create-home --shell /usr/sbin/nologin portal-ci
mkdir "$folder/tmp"
chown -R portal-ci "$folder"
ES_JAVA_HOME=$java_home ES_JAVA_OPTS="-Xms512m -Xmx512m" ES_TMPDIR=$folder/tmp \
    setpriv --reuid=portal-ci --regid=portal-ci --clear-groups \
    "$server/bin/elasticsearch" >"$scratch/elasticsearch.log" 2>&1 &
started+=($!)
export TEST_SEARCH_URL="http://127.0.0.1:$port"
wait_until Elasticsearch 180 $! "$scratch/elasticsearch.log" python3 -c '
import sys, urllib.request
urllib.request.urlopen(sys.argv[1] + "/_cluster/health?wait_for_status=yellow&timeout=1s", timeout=5)' "$TEST_SEARCH_URL"
