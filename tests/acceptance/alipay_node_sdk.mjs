// Run by `alipay_sdks` next to the official Node SDK; the task comes on stdin.
import { readFileSync } from 'node:fs';
import { AlipaySdk } from 'alipay-sdk';

const task = JSON.parse(readFileSync(0, 'utf8'));
const sdk = new AlipaySdk({
  appId: task.app_id,
  privateKey: task.private_key,
  alipayPublicKey: task.alipay_public_key,
  encryptKey: task.aes_key,
  gateway: task.gateway,
});
const grant = { grantType: 'authorization_code', code: task.auth_code };
const message = {
  toOpenId: task.open_id,
  userTemplateId: task.template_id,
  page: 'pages/index/index',
  data: JSON.stringify({ keyword1: { value: '共济/支付' } }),
};
// Asked for only where the SDK can: it misreads encrypted answers and error_response.
const checked = { validateSign: true };
let accessToken;

const checks = {
  async oauth_token() {
    const answer = await sdk.exec('alipay.system.oauth.token', grant, checked);
    accessToken = answer.accessToken;
    return answer.openId === task.open_id;
  },
  async used_code() {
    const answer = await sdk.exec('alipay.system.oauth.token', grant);
    return answer.subCode === 'isv.code-invalid';
  },
  async user_info_share() {
    const answer = await sdk.exec('alipay.user.info.share', { auth_token: accessToken }, checked);
    return answer.userName === task.name && answer.certNo === task.id_number;
  },
  async template_message_encrypted() {
    const method = 'alipay.open.app.mini.templatemessage.send';
    const first = await sdk.exec(method, { bizContent: message, needEncrypt: true });
    const second = await sdk.exec(method, { bizContent: message, needEncrypt: true });
    return first.code === '10000' && second.subCode === 'USER_NOT_SUBSCRIBE';
  },
  async medical_card() {
    const bizContent = { openId: task.open_id, cardOrgNo: '530100' };
    const answer = await sdk.exec('alipay.commerce.medical.card.query', { bizContent }, checked);
    return Boolean(answer.medicalCardNo) && answer.cardOrgNo === '530100';
  },
  async notify() {
    const tampered = { ...task.notify, note: 'tampered' };
    return sdk.checkNotifySignV2(task.notify) && !sdk.checkNotifySignV2(tampered);
  },
};

let failures = 0;
for (const [name, check] of Object.entries(checks)) {
  const outcome = await check().then((passed) => (passed ? 'ok' : 'FAILED'), (error) => `FAILED: ${error}`);
  if (outcome !== 'ok') failures += 1;
  console.log(`node ${name}: ${outcome}`);
}
process.exit(failures ? 1 : 0);
