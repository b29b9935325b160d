// Takes the link's secret from behind the `#`, where no server sees it, and goes on with it; off the address bar it goes.
const form = document.getElementById("check-in");
const secret = location.hash.slice(1);
if (form && secret) {
  history.replaceState(null, "", location.pathname);
  form.elements.secret.value = secret;
  form.submit();
}
