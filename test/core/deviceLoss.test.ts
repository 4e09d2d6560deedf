import { expect, test } from "vitest";
import { DeviceLoss } from "../../core/runtime/deviceLoss.js";

function fakeDevice() {
  let lose: (info: { message: string }) => void = () => undefined;
  const lost = new Promise<{ message: string }>((resolve) => {
    lose = resolve;
  });
  return { device: { lost }, lose: (message: string) => lose({ message }) };
}

test("a run that never answers fails when the device is lost, one after it at once, neither before", async () => {
  const { device, lose } = fakeDevice();
  const loss = new DeviceLoss(device);
  expect(await loss.over(async () => 7)).toBe(7);
  const hanging = loss.over(() => new Promise(() => undefined));
  lose("reset by the driver\nat 0x0");
  const lost = { kind: "runtime", message: "The graphics device was lost (reset by the driver)" };
  await expect(hanging).rejects.toMatchObject(lost);
  let asked = false;
  const later = loss.over(async () => {
    asked = true;
  });
  await expect(later).rejects.toMatchObject(lost);
  expect(asked).toBe(false);
});

test("a run that fails by itself keeps its own error", async () => {
  const loss = new DeviceLoss(fakeDevice().device);
  await expect(loss.over(() => Promise.reject(new RangeError("own")))).rejects.toThrow(RangeError);
});
